"""Inputs: what the workloads work on, generated under build/bench/inputs.

Each function writes one input of a size and returns its path.  The content
depends on the size alone, so figures of different days and machines are of the
same work.  An input that is there is not written again.
"""
import json
import os
import random
import subprocess

from harness.source import write_c_source

FOLDER = "build/bench/inputs"


def _fresh(path, write):
    """`path`, written by write(file) unless it is there; never half of it."""
    path = os.path.abspath(path)
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w", encoding="ascii") as out:
            write(out)
        os.rename(path + ".new", path)
    return path


def sql_script(rows):
    """A table, an index, an update and two aggregating queries over `rows` rows."""
    def write(out):
        out.write(f"""create table item(id integer primary key, name text, price real, kind text);
begin;
with recursive n(x) as (select 1 union all select x + 1 from n where x < {rows})
    insert into item select x, 'item number ' || x, x * 1.5, 'kind ' || (x % 97) from n;
commit;
create index by_name on item(name);
update item set name = upper(name) || '!' where id % 3 = 0;
select kind, count(*), round(sum(price)), max(name) from item group by kind order by 3 desc limit 5;
select count(*) from item a join item b on b.name = a.name where a.id % 5 = 0;
select sum(length(replace(printf('%s/%d', name, id), 'ITEM', 'x'))) from item;
""")
    return _fresh(f"{FOLDER}/script-{rows}.sql", write)


def makefile(recipes):
    """Layers of ten targets that need two of the layer before, and start the smallest program that there is."""
    def write(out):
        layer = [[f"t{first + i}" for i in range(min(10, recipes - first))] for first in range(0, recipes, 10)]
        names = " ".join(name for names in layer for name in names)
        out.write(f".PHONY: all {names}\nall: {names}\n")
        for before, names in zip([[]] + layer, layer):
            for i, name in enumerate(names):
                needs = [before[(i + step) % len(before)] for step in (0, 3)] if before else []
                out.write(f"{name}: {' '.join(needs)}\n\t/bin/true\n")
    return _fresh(f"{FOLDER}/makefile-{recipes}", write)


def json_records(count):
    """An array of `count` records, a hundred bytes each."""
    def write(out):
        json.dump([{"id": i, "name": f"item {i % 977}", "tags": [f"t{i % 13}", f"u{i % 7}"],
                    "place": {"x": i * 0.5, "y": -i, "ok": i % 2 == 0}} for i in range(count)], out)
    return _fresh(f"{FOLDER}/records-{count}.json", write)


def xml_document(mebibytes):
    """An XML document of about `mebibytes` MiB: many small elements and attributes."""
    def write(out):
        entry = 0
        out.write("<?xml version='1.0'?>\n<catalogue>\n")
        while out.tell() < mebibytes << 20:
            out.write(f"<entry id='e{entry}' kind='k{entry % 31}'><title>Title {entry}</title>"
                      f"<price currency='EUR'>{entry % 1000}.50</price>"
                      f"<note>some <b>mixed</b> content {entry * 7919 % 10007}</note></entry>\n")
            entry += 1
        out.write("</catalogue>\n")
    return _fresh(f"{FOLDER}/catalogue-{mebibytes}.xml", write)


def preprocessed_c(functions):
    """`functions` generated C functions behind the C library's headers, preprocessed."""
    source = _fresh(f"{FOLDER}/source-{functions}.c", lambda out: write_c_source(out, functions))
    done = source[:-2] + ".i"
    if not os.path.exists(done):
        subprocess.run(["gcc", "-E", "-P", source, "-o", done + ".new"], check=True)
        os.rename(done + ".new", done)
    return done


def _history(out, commits):
    """A history for git fast-import: each commit changes a few lines of three files."""
    chance = random.Random(1)
    files = [[f"file {f} line {n}" for n in range(120)] for f in range(60)]
    for commit in range(commits):
        message = f"change number {commit}"
        out.write(f"commit refs/heads/main\ncommitter A <a@example.org> {1000000000 + commit * 60} +0000\n"
                  f"data {len(message)}\n{message}\n")
        for f in chance.sample(range(len(files)), 3):
            for n in chance.sample(range(120), 8):
                files[f][n] = f"file {f} line {n} commit {commit}"
            text = "\n".join(files[f]) + "\n"
            out.write(f"M 100644 inline dir{f % 7}/file{f}.txt\ndata {len(text)}\n{text}\n")


def git_repository(commits):
    """A bare repository with a linear history of `commits` commits."""
    repository = os.path.abspath(f"{FOLDER}/history-{commits}.git")
    if not os.path.exists(repository):
        history = _fresh(f"{FOLDER}/history-{commits}.import", lambda out: _history(out, commits))
        new = repository + ".new"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", new], check=True)
        with open(history, encoding="ascii") as commands:
            subprocess.run(["git", "-C", new, "fast-import", "--quiet"], stdin=commands, check=True)
        os.rename(new, repository)
    return repository
