#!/usr/bin/env python3
"""Everyday programs: what dagmem says is lost, beside memcheck.

usage: leak_programs.py [--only NAME,...] [--at-least N]     (from the top folder)

Each program runs by itself, under dagmem and under memcheck, in a folder of its
own, and where the system allows it with addresses that do not vary.  It must not
notice dagmem: exit status, output and messages are the same.  The blocks lost
(definite and indirect) are within 5 % of memcheck's, or the program is one of
DIFFERENCES, which says why.  A difference that is none any more, or that is not
as large as stated, fails: then the table is to be mended.  Where the reason is
words that were never written, it is put to the proof: with malloc() and free()
filling all memory (MALLOC_PERTURB_) the difference must be gone.
"""
import argparse
import collections
import concurrent.futures
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from leak_judges import environment

TIMEOUT = 600

SOURCE = """#include <stdio.h>
#include <string.h>
struct entry { struct entry *next; int key; } *table[16];
int main(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("%s %zu\\n", argv[i], strlen(argv[i]));
	return 0;
}
"""

# Made in the folder first, by a shell, not traced.
PREPARE = r"""
git init -q repository && cd repository
for i in $(seq 40); do seq $i $((i * 3)) >file$((i % 7)); git add . ; git commit -qm "change $i"; done
echo changed >>file3; cd ..
seq 5000 | awk '{ print $1 * 7919 % 5003, "line", $1 }' >numbers
mkdir tree && for i in 1 2 3; do mkdir tree/$i; seq $i 900 >tree/$i/part; done
tar cf tree.tar tree; gzip -k tree.tar; cp numbers other; echo different >>other
gcc -g -o small small.c && gcc -g -c small.c
printf 'all: numbers\n\tsort numbers >sorted\n' >Makefile
printf '<list>%s</list>\n' "$(seq 300 | sed 's|.*|<item n="&">text</item>|')" >list.xml
printf '[%s 0]\n' "$(seq -s, 300 | sed 's/$/,/')" >list.json
"""

PROGRAMS = {
    "git log": "git -C repository log --stat",
    "git diff": "git -C repository diff HEAD~5",
    "git status": "git -C repository status",
    "git blame": "git -C repository blame HEAD -- file3",
    "perl hash of lists": ["perl", "-e", "my %h; push @{$h{$_ % 17}}, \"x$_\" for 1..3000; print scalar(keys %h), \"\\n\""],
    "perl Data::Dumper": ["perl", "-MData::Dumper", "-e", "$Data::Dumper::Sortkeys=1; print Dumper({map { $_ => [1..$_] } 1..20})"],
    "sqlite3": ["sqlite3", ":memory:", "create table t(a,b); with recursive c(x) as (select 1 union all select x+1 from c"
                " where x<2000) insert into t select x,x*x from c; select count(*),sum(b) from t; create index i on t(b);"
                " select a from t order by b desc limit 3"],
    "tar c": "tar cf out.tar tree",
    "tar t": "tar tvzf tree.tar.gz --full-time",
    "sort": "sort -k1n numbers",
    "gdb": ["gdb", "-q", "-batch", "-nx", "-ex", "info functions main", "-ex", "list main", "-ex", "ptype struct entry", "small"],
    "python3": ["python3", "-S", "-c", "import json; d = {i: [i] * 10 for i in range(500)}; print(len(json.dumps(d)))"],
    "bash": ["bash", "--norc", "-c", "declare -A a; for i in {1..200}; do a[$i]=x$i; done; echo ${#a[@]} ${a[17]}"],
    "dash": ["dash", "-c", "i=0; while [ $i -lt 200 ]; do i=$((i+1)); done; echo $i"],
    "grep": "grep -nE (12|34).*line numbers",
    "sed": ["sed", "-e", "s/line/LINE/;3,9d;/77/p", "numbers"],
    "awk": ["awk", "{ n[$1 % 10] += $3 } END { for (i = 0; i < 10; i++) print i, n[i] }", "numbers"],
    "find": "find tree -name p* -size +1k",
    "ls": "ls -lR tree",
    "diff": "diff -u numbers other",
    "patch": "patch --dry-run -p0 numbers empty",
    "make": "make -n -B",
    "gzip": "gzip -c numbers",
    "bzip2": "bzip2 -c numbers",
    "xz": "xz -c numbers",
    "zstd": "zstd -q -c numbers",
    "zip": "zip -q out.zip numbers",
    "unzip": "unzip -v",
    "curl": "curl -s file:///etc/passwd",
    "less": "less -F numbers.short",
    "m4": ["m4", "-DA=B", "small.m4"],
    "file": "file small numbers list.xml",
    "clang -S": "clang -cc1 -S -o - small.c -I/nowhere",
    "gcc --version": "gcc --version",
    "gcc -S": "gcc -S -o small.s small.c",
    "as": "as -o as.o plain.s",
    "ld": "ld -r -o ld.o small.o",
    "nm": "nm small",
    "objdump": "objdump -d small",
    "readelf": "readelf -aW small",
    "strip": "strip -o stripped small",
    "ar": "ar rcs out.a small.o",
    "vim": "vim -u NONE -N -es -c %s/line/LINE/|q! numbers",
    "ed": "ed -s numbers",
    "jq": ["jq", "-c", "map(. * 2) | add", "list.json"],
    "bc": "bc -q small.bc",
    "cmp": "cmp numbers other",
    "openssl": "openssl dgst -sha256 numbers",
    "ssh": "ssh -V",
    "xmllint": "xmllint --xpath count(//item) list.xml",
    "protoc": "protoc --version",
    "man": "man -w ls",
    "mandoc": "mandoc -T ascii page.1",
    "cmake": "cmake -P small.cmake",
    "tmux": "tmux -V",
    "ps": "ps -o pid= -p 1",
    "wc": "wc numbers",
    "od": "od -c small.c",
    "stat": "stat -c %n:%s numbers",
    "id": "id",
    "date": "date -u -d 2026-01-01",
    "getent": "getent passwd root",
    "sha256sum": "sha256sum numbers other",
    "base64": "base64 numbers",
    "iconv": "iconv -f latin1 -t utf-8 numbers",
    "msgfmt": "msgfmt --version",
    "tclsh": "tclsh small.tcl",
    "gpg": "gpg --version",
    "ip": "ip -V",
    "lsof": "lsof -v",
    "dpkg-query": "dpkg-query -W bash",
    "apt-cache": "apt-cache --version",
    "debconf": "perl -c /usr/bin/debconf",
}

FILES = {
    "small.c": SOURCE, "small.m4": "define(`x', `A and $1')x(3)\n", "small.bc": "scale=30\n4*a(1)\n2^200\n",
    "small.cmake": "foreach(i RANGE 20)\n  list(APPEND all x${i})\nendforeach()\nmessage(STATUS \"${all}\")\n",
    "small.tcl": "for {set i 0} {$i < 200} {incr i} { dict set d $i x$i }; puts [dict size $d]\n",
    "numbers.short": "1\n2\n", "empty": "", "plain.s": "\t.text\nf:\n\tret\n",
    "page.1": ".Dd January 1, 2026\n.Dt PAGE 1\n.Os\n.Sh NAME\n.Nm page\n.Nd a page\n",
}

UNWRITTEN = ("words of reachable blocks that were never written still have the address of what was freed there, and now of"
             " these; memcheck knows which words were written. With memory filled by malloc() they are lost here, too")
REUSED = ("one reachable: a member of a reachable block still has the address of what was freed, whose memory this one"
          " got; memcheck does not give it out again so soon")
# name: (least, most) share of memcheck's blocks that dagmem calls lost, and why it is not within 5 %.
DIFFERENCES = {
    "git diff": (0, 0, UNWRITTEN),
    "man": (0.9, 0.94, REUSED),
}

Judged = collections.namedtuple("Judged", "status output messages definite indirect possible")


def command(name):
    words = PROGRAMS[name]
    return words.split() if isinstance(words, str) else words


def run(words, folder, **more):
    env = environment(HOME=folder, LC_ALL="C", TZ="UTC", PYTHONHASHSEED="0", PERL_HASH_SEED="0", TERM="dumb",
                      GIT_PAGER="cat", GIT_CONFIG_NOSYSTEM="1", **more)
    with subprocess.Popen(words, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        output, messages = process.communicate(timeout=TIMEOUT)
        return process.pid, process.returncode, output, messages


def fixed():
    """Before a command: the same addresses in each run; nothing where that is refused."""
    words = ["setarch", "-R"]
    works = shutil.which(words[0]) and subprocess.run([*words, "true"], stderr=subprocess.DEVNULL).returncode == 0
    return words if works else []


FIXED = fixed()


def natively(words, folder):
    _, status, output, messages = run([*FIXED, *words], folder)
    return Judged(status, output, messages, None, None, None)


def by_dagmem(words, folder, **more):
    build = os.path.abspath(os.environ.get("DAGMEM", "build/dagmem"))
    profile = f"{folder}/p.dagmem"
    _, status, output, messages = run([*FIXED, build, "-q", "run", "--leak-check", "-o", profile, "--", *words],
                                      folder, **more)
    said = subprocess.run([build, "leaks", "--json", "--no-builtin-suppressions", profile], env=environment(),
                          capture_output=True, timeout=TIMEOUT)
    for path in glob.glob(f"{profile}*"):
        os.unlink(path)
    total = json.loads(said.stdout)["total"] if said.returncode == 0 else {}
    counts = [total[kind]["blocks"] if total else None for kind in ("definite", "indirect", "possible")]
    return Judged(status, output, messages, *counts)


def by_memcheck(words, folder):
    pid, status, output, messages = run(
        ["valgrind", "-q", "--tool=memcheck", "--leak-check=full", "--show-leak-kinds=none", "--num-callers=1", "-v",
         "--undef-value-errors=no", "--run-libc-freeres=no", "--run-cxx-freeres=no", "--default-suppressions=no",
         f"--log-file={folder}/log.%p", *words], folder)
    with open(f"{folder}/log.{pid}", errors="replace") as file:
        text = file.read()
    counts = [re.search(rf"{kind} lost: [\d,]+ bytes in ([\d,]+) blocks", text)
              for kind in ("definitely", "indirectly", "possibly")]
    numbers = [int(count.group(1).replace(",", "")) if count else None for count in counts]
    if numbers[0] is None and re.search(r"no leaks are possible", text):
        numbers = [0, 0, 0]
    return Judged(status, output, messages, *numbers)


def prepare(folder):
    for name, text in FILES.items():
        with open(f"{folder}/{name}", "w") as file:
            file.write(text)
    subprocess.run(["bash", "-ec", PREPARE], cwd=folder, check=True, stdout=subprocess.DEVNULL, env=environment(
        HOME=folder, GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b", GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b",
        GIT_CONFIG_NOSYSTEM="1"))


def by_dagmem_filled(words, folder):
    return by_dagmem(words, folder, MALLOC_PERTURB_="165")


def ask(name, template):
    words = command(name)
    proof = [by_dagmem_filled] if name in DIFFERENCES and DIFFERENCES[name][2] == UNWRITTEN else []
    with tempfile.TemporaryDirectory() as parent:
        folder = f"{parent}/work"
        answers = []
        for judge in (natively, by_dagmem, by_memcheck, *proof):
            shutil.copytree(template, folder, symlinks=True)
            answers.append(judge(words, folder))
            shutil.rmtree(folder)
    return name, *answers


def is_near(ours, theirs):
    return abs(ours - theirs) <= 0.05 * theirs


def lost(judged):
    return judged.definite + judged.indirect


def complaints(name, native, dagmem, memcheck, filled=None):
    """What is wrong; memcheck's own faults are not ours."""
    for what in ("status", "output", "messages"):
        if getattr(native, what) != getattr(dagmem, what):
            yield f"{what} is {getattr(dagmem, what)[-200:] if what != 'status' else dagmem.status}, " \
                  f"not {getattr(native, what)[-200:] if what != 'status' else native.status}"
    if dagmem.definite is None:
        yield "dagmem did not judge it"
    elif memcheck.definite is None:
        if name not in DIFFERENCES:
            yield "memcheck did not judge it"
    else:
        yield from difference(name, lost(dagmem), lost(memcheck))
    if filled and not is_near(lost(filled), lost(memcheck)):
        yield f"{lost(filled)} blocks are lost when memory is filled, {lost(memcheck)} by memcheck"


def difference(name, ours, theirs):
    if name not in DIFFERENCES:
        if not is_near(ours, theirs):
            yield f"{ours} blocks are lost, {theirs} by memcheck"
        return
    least, most, _ = DIFFERENCES[name]
    if is_near(ours, theirs):
        yield "the difference in DIFFERENCES is none any more"
    elif not least <= ours / max(1, theirs) <= most:
        yield f"{ours} blocks are lost, {theirs} by memcheck: more of a difference than DIFFERENCES says"


def told(judged):
    return "not judged" if judged.definite is None else f"{judged.definite} + {judged.indirect} ({judged.possible})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", help="these alone, by comma")
    parser.add_argument("--at-least", type=int, default=27, help="so many programs must be there")
    options = parser.parse_args()
    names = [name for name in PROGRAMS if shutil.which(command(name)[0]) and
             (not options.only or name in options.only.split(","))]
    wrong = 0
    print("| program | dagmem | memcheck | |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as template, concurrent.futures.ThreadPoolExecutor(2) as pool:
        prepare(template)
        for name, native, dagmem, memcheck, *filled in pool.map(lambda name: ask(name, template), names):
            why = DIFFERENCES[name][2] if name in DIFFERENCES else ""
            print(f"| {name} | {told(dagmem)} | {told(memcheck)} | {why} |", flush=True)
            for complaint in complaints(name, native, dagmem, memcheck, *filled):
                wrong += 1
                print(f"{name}: {complaint}", file=sys.stderr, flush=True)
    if not options.only and len(names) < options.at_least:
        print(f"only {len(names)} of the programs are here", file=sys.stderr)
        wrong += 1
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
