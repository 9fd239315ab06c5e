"""Goals: what dagmem wants to reach, beside what it did.

Each check yields rows (goal, limit, measured, met); met is None where the run
has no such figure.  To add a goal: a function and a line in CHECKS.
"""
from harness.dag import MILLION, ORDERS
from harness.figures import dag_figure, figure, main_groups

PROGRAMS = ("sqlite3", "python3", "xmllint", "perl", "jq")
MEMORY = (*PROGRAMS, "cc1", "git", "live", "cold", "larson-x8", "xmalloc-x8", "threads")
MEBIBYTE = 1 << 20


def _row(goal, limit, value, shown, met):
    """A row, with what was not measured said so."""
    return (goal, limit, shown.format(value) if value is not None else "not measured",
            met(value) if value is not None else None)


def _at_least(goal, limit, value):
    return _row(goal, f"≥ {limit}x less", value, "{:.1f}x less", lambda value: value >= limit)


def _at_most(goal, limit, value, shown):
    return _row(goal, "≤ " + shown.format(limit), value, shown, lambda value: value <= limit)


def _against_heaptrack(results):
    for workload, limit in [*((program, 20) for program in PROGRAMS), ("cc1", 10)]:
        yield _at_least(f"added CPU, {workload}: dagmem run against heaptrack's default run", limit,
                        figure(results, workload, "dagmem", "against", "heaptrack"))


def _against_tracker(results):
    for workload, limit in [*((program, 8) for program in PROGRAMS), ("cc1", 5), ("tree", 5), ("paths", 5)]:
        yield _at_least(f"added CPU, {workload}: tracer alone against heaptrack's tracker alone", limit,
                        figure(results, workload, "dagmem-tracer", "against", "heaptrack-tracker"))


def _slowdown(results):
    limits = {"jq": 1.05, "sqlite3": 1.08, "perl": 1.15, "cc1": 1.15, "python3": 1.20, "xmllint": 1.20}
    for workload, limit in limits.items():
        yield _at_most(f"slowdown of {workload} (CPU, dagmem run)", limit,
                       figure(results, workload, "dagmem", "slowdown", "median"), "{:.2f}x")


def _per_pair(results):
    limits = {"stack-5": 25, "stack-20": 25, "stack-60": 25, "tree": 60, "paths": 60, "cold": 200}
    for workload, limit in limits.items():
        yield _at_most(f"per allocation and free, {workload}", limit,
                       figure(results, workload, "dagmem-tracer", "added_ns_per_pair", "median"), "{:.0f} ns")


def _threads(results):
    for one, two in (("stack-20", "stack-20x2"), ("larson-x1", "larson-x2"), ("xmalloc-x1", "xmalloc-x2")):
        costs = [figure(results, workload, "dagmem-tracer", "added_ns_per_pair", "median") for workload in (one, two)]
        ratio = costs[1] / costs[0] if None not in costs and costs[0] > 0 else None
        yield _at_most(f"cost per pair of 2 threads against 1, {one.split('-x')[0]}", 1.2, ratio, "{:.2f}x")


def _memory(results):
    """13 % of the peak heap + 4 MiB + 256 KiB per thread + 64 bytes per (thread, account)."""
    for group in main_groups(results):
        profile = group["contenders"].get("dagmem-tracer", {}).get("profile")
        added = figure(results, group["workload"], "dagmem-tracer", "added_rss_bytes", "median")
        if group["workload"] not in MEMORY or not profile or added is None:
            continue
        allowed = (0.13 * profile["peak_bytes"] + 4 * MEBIBYTE + group["threads"] * MEBIBYTE / 4
                   + 64 * profile["accounts"] * profile["shards"])
        yield _at_most(f"added peak RSS, {group['workload']}", allowed / MEBIBYTE, added / MEBIBYTE, "{:.1f} MiB")


def _bounded(results):
    sizes = [figure(results, workload, "dagmem-tracer", "profile_bytes") for workload in ("events-1e6", "events-1e8")]
    value = sizes[1] - sizes[0] if None not in sizes else None
    yield _row("profile of 10^8 events against 10^6 of the same loop", "the same size", value,
               "{:+d} bytes", lambda value: value == 0)


def _start_up(results):
    for contender, way in (("dagmem-tracer", "the tracer preloaded"), ("dagmem", "dagmem run")):
        value = figure(results, "true", contender, "added_wall_s", "median")
        yield _at_most(f"start-up, wall time added to true by {way}", 5,
                       value * 1e3 if value is not None else None, "{:.1f} ms")


def _first_report(results):
    for workload, limit in (("python3", 0.5), ("cc1", 2.0)):
        yield _at_most(f"from the end of {workload} to dagmem top", limit,
                       figure(results, workload, "dagmem", "report_s", "median"), "{:.2f} s")


def _dag(results):
    for order in ORDERS:
        yield _at_most(f"order and execution of 10^6 empty nodes, {order}", 4 if order == "greedy" else 1,
                       dag_figure(results, "run_s", "libdagrun", MILLION, 1, order), "{:.2f} s")
    for runtime, what in (("dag run", "dagmem dag run"), ("libdagrun", "a program with libdagrun.a")):
        used = [dag_figure(results, "max_rss_bytes", runtime, MILLION, 1, order) for order in ORDERS]
        yield _at_most(f"peak RSS of 10^6 empty nodes, {what}", 150,
                       max(used) / 1e6 if None not in used else None, "{:.0f} MB")


CHECKS = [_against_heaptrack, _against_tracker, _slowdown, _per_pair, _threads, _memory, _bounded, _start_up,
          _first_report, _dag]


def check(results):
    """The rows of all goals, also of those that the results have no figure for."""
    return [row for goal in CHECKS for row in goal(results)]
