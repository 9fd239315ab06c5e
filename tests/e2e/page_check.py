"""usage: page_check.py PAGE PROFILE...: the page stands alone, and what it
holds is what the other verbs say.  Prints what is wrong; silent when nothing is."""
import base64
import collections
import hashlib
import json
import os
import re
import subprocess
import sys

import page_data

dagmem = os.environ["DAGMEM"]


def wrong(what):
    print(what)


def ask(*words):
    return json.loads(subprocess.run([dagmem, *words], check=True, stdout=subprocess.PIPE).stdout)


def stands_alone(page):
    for load in page.loads:
        wrong(f"the page loads or runs something: {load}")
    for tag in set(page.elements) & {"link", "iframe", "img", "object", "embed", "base", "form"}:
        wrong(f"the page has a <{tag}>")
    if len(page.scripts) != 1:
        wrong(f"{len(page.scripts)} scripts")
        return
    digest = base64.b64encode(hashlib.sha256(page.scripts[0].encode()).digest()).decode()
    if f"script-src 'sha256-{digest}'" not in page.policy or "default-src 'none'" not in page.policy:
        wrong(f"the policy does not fit the script: {page.policy}")


def key(row):
    """The rules of analyzer/group.c for lines."""
    if row["line"]:
        return row["file"], row["line"]
    if row["function"]:
        return row["function"], row["file"] or row["module"]
    return row["module"], row["module_offset"]


METRICS = {     # of top: columns of bytes and count; 0 heap, 1 mappings, 2 pools
    "live": ("charge.live_bytes", "charge.live_count", 0),
    "peak": ("charge.peak_bytes", "charge.peak_count", 0),
    "total": ("charge.total_bytes", "charge.total_count", 0),
    "temporary": (None, "charge.temporaries", 0),
    "mapped": ("charge.live_bytes", "charge.live_count", 1),
    "pool": ("charge.live_bytes", "charge.live_count", 2),
}


def sum_up(columns, bytes_column, count_column, kind, group):
    sums = collections.defaultdict(lambda: [0, 0])
    zeros = [0] * len(columns["charge.node"])
    size = columns[bytes_column] if bytes_column else zeros
    for i, count in enumerate(columns[count_column]):
        if columns["charge.kind"][i] == kind:
            sums[group(i)][0] += size[i]
            sums[group(i)][1] += count
    return {name: tuple(value) for name, value in sums.items() if any(value)}


def frames(columns):
    names = ("function", "file", "line", "module", "module_offset")
    return [dict(zip(names, values)) for values in zip(*(columns[f"frame.{name}"] for name in names))]


def rows_are_those_of_top(path, columns):
    owners = [key(frame) for frame in frames(columns)]
    for metric, (size, count, kind) in METRICS.items():
        top = ask("top", "--json", "-n", "0", "--by", "line", "--metric", metric, path)
        wanted = {key(row): (row["bytes"], row["count"]) for row in top["rows"]}
        found = sum_up(columns, size, count, kind, lambda i: owners[columns["charge.owner"][i]])
        if found != wanted:
            differing = [name for name in {*found, *wanted} if found.get(name) != wanted.get(name)]
            name = differing[0]
            wrong(f"{metric}: {len(differing)} of {len(wanted)} rows differ: {name}: {found.get(name)}, not {wanted.get(name)}")


def nodes_are_those_of_top(path, columns):
    for metric in "live", "peak", "total":
        size, count, kind = METRICS[metric]
        top = ask("top", "--json", "-n", "0", "--by", "node", "--metric", metric, path)
        wanted = {row["name"]: (row["bytes"], row["count"]) for row in top["rows"]}
        found = sum_up(columns, size, count, kind, lambda i: columns["dag.name"][columns["charge.dag_node"][i]])
        if found != wanted:
            wrong(f"{metric} by node: {found}, not {wanted}")


def moments_are_the_snapshots(path, columns):
    labels = columns["moment.label"]
    sums = collections.Counter()
    at = 0
    for i, label in enumerate(labels):
        for _ in range(columns["moment.change_count"][i]):
            if not columns["charge.kind"][columns["change.charge"][at]]:
                for value in "live_bytes", "live_count", "total_bytes", "total_count", "temporaries":
                    sums[value] += columns[f"change.{value}"][at]
            at += 1
        if label in labels[i + 1:]:
            continue            # top tells of the newest of a name
        for metric, value in ("live", "live"), ("total", "total"):
            total = ask("top", "--json", "--metric", metric, f"{path}@{label}")["total"]
            found = sums[f"{value}_bytes"], sums[f"{value}_count"]
            if found != (total["bytes"], total["count"]):
                wrong(f"{metric} at {label}: {found}, not {total}")


def tree_is_a_tree(columns):
    parents = columns["node.parent"]
    if any(parent >= i for i, parent in enumerate(parents) if i):
        wrong("a node comes before its caller")
    if any(node >= len(parents) for node in columns["charge.node"]):
        wrong("a charge is of no node")


def rows_of(columns, prefix, names):
    return [dict(zip(names, values)) for values in zip(*(columns[prefix + name] for name in names))]


def known(value):
    return None if value == page_data.NOT_KNOWN else value


def dag_is_that_of_dag_show(path, columns):
    if "dagnode.name" not in columns:
        if subprocess.run([dagmem, "dag", "show", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 3:
            wrong("the DAG is missing")
        return
    show = ask("dag", "show", "--json", path)
    names = columns["dagnode.name"]
    exact = ("name", "executions", "failed", "busy_ns", "allocated_bytes", "allocations", "retained_bytes",
             "transient_bytes", "at_peak_bytes", "live_bytes", "results", "result_bytes")
    found = {row["name"]: row for row in rows_of(columns, "dagnode.", exact)}
    wanted = {row["name"]: {name: row[name] for name in exact} for row in show["nodes"]}
    if found != wanted:
        wrong(f"DAG nodes: {[row for row in found.items() if row not in wanted.items()][:3]}, not {[row for row in wanted.items() if row not in found.items()][:3]}")
    for name in "measured_bytes", "peak_bytes", "held_bytes", "other_bytes", "lower_bound_bytes":
        value = known(columns[f"dag.what_if.{name}"][0])
        if value != show["what_if"].get(name) and show["what_if"]["known"]:
            wrong(f"what if, {name}: {value}, not {show['what_if'].get(name)}")
    savings = [(names[row["node"]], row["peak_bytes"]) for row in rows_of(columns, "dagsaving.", ("node", "peak_bytes"))]
    if savings != [(row["node"], row["peak_bytes"]) for row in show["what_if"].get("savings", [])]:
        wrong(f"savings: {savings}")
    edges = sorted((names[row["node"]], names[row["consumer"]]) for row in rows_of(columns, "dagedge.", ("node", "consumer")))
    if edges != sorted(map(tuple, show["edges"])):
        wrong(f"edges: {edges}, not {show['edges']}")
    if columns["dagfinding.text"] != [finding["text"] for finding in show["findings"]]:
        wrong(f"findings: {columns['dagfinding.text']}")


def leaks_are_those_of_leaks(path, columns):
    said = ask("leaks", "--json", path)
    verdicts = "definite", "indirect", "possible", "reachable", "unjudged"
    names = "verdict", "bytes", "blocks", "indirect_bytes", "line", "lost_by", "held_by.text", "suppressed_by"
    rows = [row for row in rows_of(columns, "leak.", names) if row["suppressed_by"] is None]
    found = [(verdicts[row["verdict"]], row["bytes"], row["blocks"], row["indirect_bytes"], row["line"] or None,
              row["held_by.text"], row["lost_by"]) for row in rows]
    wanted = [(row["verdict"], row["bytes"], row["blocks"], row["indirect_bytes"], row["line"],
               row["held_by_text"], row["lost_by"]) for row in said["rows"] if not row["suppressed_by"]]
    if found != wanted[:len(found)] or (len(found) < len(wanted) and len(columns["leak.bytes"]) < 300):
        wrong(f"{len(found)} leaks, not {len(wanted)}: {found[:2]}, not {wanted[:2]}")
    totals = {verdict: dict(zip(("rows", "bytes", "blocks"), values)) for verdict, *values in
              zip(verdicts, *(columns[f"leaktotal.{name}"] for name in ("rows", "bytes", "blocks")))}
    if totals != {verdict: said["total"][verdict] for verdict in verdicts}:
        wrong(f"leaks in all: {totals}, not {said['total']}")
    if bool(columns["leakcheck.judged"][0]) != said["judged"]:
        wrong("whether leaks were looked for")


def main():
    path, *profiles = sys.argv[1:]
    page = page_data.read(path)
    stands_alone(page)
    if len(page.data) != len(profiles):
        wrong(f"{len(page.data)} profiles in the page, not {len(profiles)}")
    for profile_path, text in zip(profiles, page.data):
        if not re.fullmatch("[A-Za-z0-9+/=]*", text):
            wrong("the data is more than base64")
        data = page_data.profile(text)
        for verb in "info", "timeline":
            if data["document"][verb] != ask(verb, "--json", profile_path):
                wrong(f"{verb} is not what the verb says")
        tree_is_a_tree(data["columns"])
        rows_are_those_of_top(profile_path, data["columns"])
        nodes_are_those_of_top(profile_path, data["columns"])
        moments_are_the_snapshots(profile_path, data["columns"])
        dag_is_that_of_dag_show(profile_path, data["columns"])
        leaks_are_those_of_leaks(profile_path, data["columns"])


main()
