"""Tables: results as Markdown that is also legible in a terminal.

Everything shown is from the results' figures; a cell of what was not measured is
empty, of what failed says so, and nothing is left out for being bad.
"""
import os
from statistics import median

from harness.contenders import BY_NAME as CONTENDERS
from harness.dag import BY_NAME as RUNTIMES
from harness.figures import PAIRS_MIN, dag_case, main_groups, pairs_of
from harness.goals import check
from harness.load import DISTURBED

# What "linger" says is a ratio among the goals, and in each workload's own table.
FAST = [name for name, contender in CONTENDERS.items() if not contender.slow and name not in ("plain", "linger")]
ALL = [name for name in CONTENDERS if name != "plain"]
WITH_PROFILE = [name for name in FAST if CONTENDERS[name].profile]
OUR_RUNTIMES = ("libdagrun", "dag run")
WITH_REPORT = [name for name in FAST if CONTENDERS[name].report]


def _table(header, rows):
    """An aligned Markdown table: the first column to the left, the others to the right.  Empty without rows."""
    if not rows:
        return ""
    widths = [max(len(line[column]) for line in [header, *rows]) for column in range(len(header))]

    def text(line):
        cells = [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))]
        return "| " + " | ".join(cells) + " |"

    rule = "|" + "|".join("-" * (width + 1) + (":" if column else "-") for column, width in enumerate(widths)) + "|"
    return "\n".join([text(header), rule, *map(text, rows)]) + "\n"


# --- Cells: each takes a number and gives (text, unit) ------------------------

def _times(value):
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}", "x"


def _seconds(value):
    return (f"{value:.2f}", " s") if value >= 0.9995 else (f"{value * 1e3:.1f}", " ms")


def _nanoseconds(value):
    return f"{value:.0f}", " ns"


def _count(value):
    return f"{value:,}", ""


def _bytes(value):
    return (f"{value / 1024:.0f}", " KiB") if abs(value) < 1 << 20 else (f"{value / (1 << 20):.1f}", " MiB")


def _plus_mebibytes(value):
    return f"{value / (1 << 20):+.1f}", ""


def _shown(value, form):
    """A figure as text: its median where it has a spread; nothing where there is none."""
    if isinstance(value, dict):
        value = value["median"]
    return "".join(form(value)) if value is not None else ""


def _spread(value, form):
    """Median (least - greatest), or the one value that there is."""
    if not value or value["min"] == value["max"]:
        return _shown(value, form)
    least, greatest = (form(value[which]) for which in ("min", "max"))
    unit = least[1] if least[1] != greatest[1] else ""      # told once, where one does
    return f"{_shown(value, form)} ({least[0]}{unit} - {''.join(greatest)})"


def _figure(group, name, what):
    """One figure of a contender, or None."""
    entry = group["contenders"].get(name)
    return entry["figures"].get(what) if entry and entry["figures"] else None


def _columns(groups, names):
    return [name for name in names if any(name in group["contenders"] for group in groups)]


def _by_contender(groups, names, what, form):
    """One row a workload, one column a contender, of one figure; rows without any are left out."""
    names = _columns(groups, names)
    rows = [[group["workload"], *(_shown(_figure(group, name, what), form) for name in names)] for group in groups]
    return _table(["workload", *names], [row for row in rows if any(row[1:])])


# --- Tables -------------------------------------------------------------------

def _rate(group):
    """Pairs per second of CPU of the plain program."""
    pairs, cpu = pairs_of(group), _figure(group, "plain", "cpu_s")
    return f"{pairs / cpu['median'] / 1e6:.1f} M" if pairs >= PAIRS_MIN and cpu and cpu["median"] > 0 else ""


def _cost(group, name):
    """Slowdown and nanoseconds per pair, in one cell."""
    if name in group["contenders"] and group["contenders"][name]["error"]:
        return "fails"
    return " ".join(filter(None, [_shown(_figure(group, name, "slowdown"), _times),
                                  _shown(_figure(group, name, "added_ns_per_pair"), _nanoseconds)]))


def _costs(groups, names):
    """One row a workload: plain CPU, pairs per second, then each contender's cost."""
    names = [name for name in _columns(groups, names) if any(_cost(group, name) for group in groups)]
    rows = [[group["workload"], _shown(_figure(group, "plain", "cpu_s"), _seconds), _rate(group),
             *(_cost(group, name) for name in names)] for group in groups]
    return _table(["workload", "plain CPU", "pairs/s", *names], rows)


def _ratios(groups):
    """How many times less dagmem adds than heaptrack does, in both of its modes."""
    def cell(group, ours, peer):
        return _shown((_figure(group, ours, "against") or {}).get(peer), _times)

    rows = [[group["workload"], cell(group, "dagmem", "heaptrack"), cell(group, "dagmem-tracer", "heaptrack-tracker")]
            for group in groups]
    return _table(["workload", "dagmem : heaptrack", "dagmem-tracer : heaptrack-tracker"],
                  [row for row in rows if any(row[1:])])


def details(group):
    """Everything of one workload: a row for each contender, with the spread."""
    rows = []
    for name, entry in group["contenders"].items():
        columns = (("cpu_s", _seconds), ("wall_s", _seconds), ("slowdown", _times),
                   ("added_ns_per_pair", _nanoseconds), ("max_rss_bytes", _bytes), ("profile_bytes", _bytes))
        cells = [_spread(value, form) if isinstance(value, dict) and what != "max_rss_bytes" else _shown(value, form)
                 for what, form in columns for value in [_figure(group, name, what)]]
        rows.append([name, str(len(entry["runs"])), *cells])
    failures = "".join(f"\n{name}: {entry['error']}\n" for name, entry in group["contenders"].items()
                       if entry["error"])
    return _table(["contender", "runs", "CPU", "wall", "slowdown", "added per pair", "peak RSS", "profile"],
                  rows) + failures


# --- The DAG runner -----------------------------------------------------------

def _dag_cell(case, what, form):
    """A figure of a case; nothing where there is none."""
    if not case:
        return ""
    return "fails" if case["error"] else _shown((case["figures"] or {}).get(what), form)


def _dag_scale(results):
    """One row for each size and order of one worker: what the runner takes."""
    cases = [case for case in results["dag"] if case["runtime"] in OUR_RUNTIMES and case["workers"] == 1
             and case["shape"].startswith("layered")]
    rows = [[case["shape"], case["runtime"], case["order"],
             _shown(case["nodes"], _count), _shown(case["edges"], _count), _dag_cell(case, "run_s", _seconds),
             _dag_cell(case, "run_ns_per_node", _nanoseconds), _dag_cell(case, "whole_ns_per_node", _nanoseconds),
             _dag_cell(case, "max_rss_bytes", _bytes)]
            for case in cases]
    return _table(["graph", "runtime", "order", "nodes", "edges", "order and execution", "per node",
                   "with building", "peak RSS"], rows)


def _dag_whole(case):
    """Nanoseconds per node with building and the peak RSS, in one cell."""
    time = _dag_cell(case, "whole_ns_per_node", _nanoseconds)
    return time if not case or case["error"] else f"{time} {_dag_cell(case, 'max_rss_bytes', _bytes)}"


def _dag_compared(results):
    """One row for each graph that a peer ran, with each number of workers; all runtimes side by side."""
    peers = [name for name in RUNTIMES if name not in OUR_RUNTIMES]
    compared = dict.fromkeys((case["shape"], case["workers"]) for case in results["dag"] if case["runtime"] in peers)
    rows = []
    for shape, workers in compared:
        ours = dag_case(results, "libdagrun", shape, workers)
        rows.append([shape, str(workers), _dag_cell(ours, "run_ns_per_node", _nanoseconds), _dag_whole(ours),
                     *(_dag_whole(dag_case(results, peer, shape, workers)) for peer in peers)])
    return _table(["graph", "workers", "libdagrun, built before", "libdagrun", *peers], rows)


def _dag_failures(results):
    """A line for each case that failed."""
    return "".join(f"- {case['runtime']}, {case['shape']}, {case['workers']} workers, {case['order']}:"
                   f" {case['error']}\n" for case in results["dag"] if case["error"])


def dag_tables(results):
    """All that was measured of the DAG runner: (title, table)."""
    return {
        "The DAG runner: empty nodes, 1 worker": _dag_scale(results),
        "The DAG runner beside task runtimes: per node from nothing to all run, peak RSS": _dag_compared(results),
        "DAG cases that failed": _dag_failures(results),
    }


# --- The adapters -------------------------------------------------------------

def _nanoseconds_or_more(value):
    """Recipes take milliseconds."""
    if abs(value) < 9_950:
        return _nanoseconds(value)
    return (f"{value / 1e3:.1f}", " µs") if abs(value) < 995_000 else (f"{value / 1e6:.2f}", " ms")


def adapter_table(results):
    """One row for each engine: an empty task by itself, and what it is more in dagmem and with the adapter."""
    rows = []
    for case in results.get("adapters", []):
        plain, dagmem, adapter = ((case["ways"][way]["figures"] or {}) for way in ("plain", "dagmem", "adapter"))
        rows.append([f"{case['engine']}: {case['what']}", _count(case["tasks"])[0],
                     _shown(plain.get("cpu_ns_per_task"), _nanoseconds_or_more),
                     _shown(dagmem.get("added_ns_per_task"), _nanoseconds_or_more),
                     "fails" if case["error"] else _spread(adapter.get("added_ns_per_task"), _nanoseconds_or_more),
                     _shown(plain.get("max_rss_bytes"), _bytes), _shown(adapter.get("max_rss_bytes"), _bytes),
                     _shown(case["ways"]["adapter"]["profile_bytes"], _bytes)])
    return _table(["engine", "tasks", "a task by itself", "dagmem run adds", "with the adapter", "peak RSS", "with it",
                   "profile"], rows)


def _adapter_failures(results):
    return "".join(f"- {case['engine']}: {case['error']}\n" for case in results.get("adapters", []) if case["error"])


# --- The whole ----------------------------------------------------------------

def _goals(results):
    """The goals, each with what was measured."""
    return _table(["goal", "limit", "median", "range", "lower quartiles", "verdict"],
                  [list(row) for row in check(results)])


def _rounds(results):
    """How quiet the machine was, in words."""
    rounds = [item for group in results["groups"] for item in group.get("rounds", [])]
    shares = [item["others_share"] for item in rounds if item["others_share"] is not None]
    if not shares:
        return "what other programs took meanwhile is not known"
    return (f"other programs took {median(shares):.1%} of the processors in the median round;"
            f" {sum(item['disturbed'] for item in rounds)} of {len(rounds)} rounds were disturbed (more than"
            f" {DISTURBED:.0%}) and run again")


def _machine(results):
    """What the figures were measured on, with and when, as a list."""
    on = results["machine"]
    memory = f"{on['memory_bytes'] / (1 << 30):.0f} GiB" if on["memory_bytes"] else "unknown memory"
    lines = [
        f"machine: {on['processor']}, {on['cores']} cores, {'virtual, ' if on['virtual'] else ''}{memory}, "
        f"{on['architecture']}",
        f"system: {on['system']}, Linux {on['kernel']}, {on['libc']}",
        "versions: " + ", ".join(f"{name} {version}" for name, version in on["versions"].items()),
        f"date: {results['date']}; load before the start {on['load_before']:.2f};"
        f" took {results['took_s'] / 60:.1f} minutes",
        f"command: `{results['command']}`: {results['size']} sizes, {results['rounds']} rounds,"
        f" peers in {results['peer_rounds']} of them",
        _rounds(results),
        *(f"not measured: {text}" for text in results["skipped"]),
    ]
    return "".join(f"- {line}\n" for line in lines)


def _each_workload(groups):
    top = os.getcwd() + "/"
    for group in groups:
        command = " ".join([*(f"{name}={value}" for name, value in group["variables"].items()), *group["command"]])
        yield f"#### {group['workload']}: {group['what']}\n"
        yield (f"{group['size']} {group['unit']}, {group['events']['allocations']} allocations,"
               f" {group['events']['frees']} frees: `{command.replace(top, '')}`\n")
        yield details(group)


def document(results, with_details):
    """All of it, as a text."""
    main = main_groups(results)
    slow = [group for group in results["groups"] if group["slow"]]
    sections = {
        "Goals": _goals(results),
        "Slowdown, and nanoseconds per allocation with its free": _costs(main, FAST),
        "Contenders that are many times slower, on quick sizes": _costs(slow, ALL),
        "How many times less CPU dagmem adds than heaptrack": _ratios(main),
        "Added peak RSS, MiB": _by_contender(main, FAST, "added_rss_bytes", _plus_mebibytes),
        "Size of the profile": _by_contender(main, WITH_PROFILE, "profile_bytes", _bytes),
        "Time from the program's end to a first report": _by_contender(main, WITH_REPORT, "report_s", _seconds),
        **dag_tables(results),
        "Adapters: CPU per empty task": adapter_table(results),
        "Adapters that failed": _adapter_failures(results),
        "Each workload": "\n".join(_each_workload(results["groups"])) if with_details else "",
    }
    return "\n".join([_machine(results), *(f"### {title}\n\n{table}" for title, table in sections.items() if table)])
