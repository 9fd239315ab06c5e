"""Goals: what dagmem wants to reach, beside what it did.

Each check yields rows (goal, limit, measured, range, quiet, verdict).  `measured`
is the median that counts, `range` the interval that it is in (figures.py), `quiet`
the same of lower quartiles.  The verdict is MET or NOT_MET where the whole range
is on one side of the limit, NOISE where the limit is inside it, and "" where the
run has no such figure.  To add a goal: a function and a line in CHECKS.
"""
from math import inf

from harness.dag import MILLION, ORDERS
from harness.figures import dag_spread, entry_error, figure, main_groups, threads_ratio

MET, NOT_MET, NOISE = "met", "not met", "within noise"
PROGRAMS = ("sqlite3", "python3", "xmllint", "perl", "jq")
MEMORY = (*PROGRAMS, "cc1", "git", "live", "cold", "larson-x8", "xmalloc-x8", "threads")
MEBIBYTE = 1 << 20
UNKNOWN = ("not measured", "", "", "")


def _verdict(low, high, met):
    """Of an interval: whether all of it is met."""
    ends = {met(low), met(high)}
    return NOISE if len(ends) == 2 else MET if ends.pop() else NOT_MET


def _row(goal, limit, found, shown, met):
    """A row of a spread; what was not measured is said so."""
    if not found:
        return (goal, limit, *UNKNOWN)
    low, high, quiet = found.get("low", found["median"]), found.get("high", found["median"]), found.get("quiet")
    between = f"{shown.format(low)} - {shown.format(high) if high is not None else ''}" if low != high else ""
    return (goal, limit, shown.format(found["median"]), between, shown.format(quiet) if quiet is not None else "",
            _verdict(low, high if high is not None else inf, met))


def _at_least(goal, limit, found):
    return _row(goal, f"≥ {limit}x less", found, "{:.1f}x less", lambda value: value >= limit)


def _at_most(goal, limit, found, shown):
    return _row(goal, "≤ " + shown.format(limit), found, shown, lambda value: value <= limit)


def _for_comparison(what, found, shown):
    """A row that is no goal: what a goal above is to be read beside."""
    return (what, "", *_row(what, "", found, shown, lambda value: True)[2:-1], "")


def _with_quiet(results, workload, contender, what):
    """A spread with the figure of the lower quartiles in it."""
    found = figure(results, workload, contender, what)
    return found and {**found, "quiet": figure(results, workload, contender, "quiet", what)}


def _scaled(found, factor):
    return found and {name: value * factor for name, value in found.items() if value is not None}


def _against(results, goal, workload, contenders, limit):
    """A row of how many times less; a peer that failed is named."""
    ours, peer = contenders
    row = _at_least(goal, limit, figure(results, workload, ours, "against", peer))
    if row[2] == UNKNOWN[0] and entry_error(results, workload, peer):
        return (*row[:2], f"{peer} fails", *row[3:])
    return row


def _against_heaptrack(results):
    for workload, limit in [*((program, 20) for program in PROGRAMS), ("cc1", 10)]:
        yield _against(results, f"added CPU, {workload}: dagmem run against heaptrack's default run", workload,
                       ("dagmem", "heaptrack"), limit)


def _against_tracker(results):
    for workload, limit in [*((program, 8) for program in PROGRAMS), ("cc1", 5), ("tree", 5), ("paths", 5)]:
        yield _against(results, f"added CPU, {workload}: tracer alone against heaptrack's tracker alone", workload,
                       ("dagmem-tracer", "heaptrack-tracker"), limit)


def _slowdown(results):
    limits = {"jq": 1.05, "sqlite3": 1.08, "perl": 1.15, "cc1": 1.15, "python3": 1.20, "xmllint": 1.20}
    for workload, limit in limits.items():
        yield _at_most(f"slowdown of {workload} (CPU, dagmem run)", limit,
                       _with_quiet(results, workload, "dagmem", "slowdown"), "{:.2f}x")


def _per_pair(results):
    limits = {"stack-5": 25, "stack-20": 25, "stack-60": 25, "tree": 60, "paths": 60, "cold": 200}
    for workload, limit in limits.items():
        yield _at_most(f"per allocation and free, {workload}", limit,
                       _with_quiet(results, workload, "dagmem-tracer", "added_ns_per_pair"), "{:.0f} ns")


def _threads(results):
    names = {"stack-20": ("stack-20-x1", "stack-20-x2"), "larson": ("larson-x1", "larson-x2"),
             "xmalloc": ("xmalloc-x1", "xmalloc-x2"), "threads that come and go": ("threads-x1", "threads")}
    for name, (one, two) in names.items():
        yield _at_most(f"cost per pair of 2 threads against 1, {name}", 1.2,
                       threads_ratio(results, one, two, "dagmem-tracer"), "{:.2f}x")
        yield _for_comparison(f"the same, of an interposer that shares nothing, {name}",
                              threads_ratio(results, one, two, "linger"), "{:.2f}x")


def _memory(results):
    """13 % of the peak heap + 4 MiB + 256 KiB per thread + 64 bytes per (thread, account)."""
    for group in main_groups(results):
        profile = group["contenders"].get("dagmem-tracer", {}).get("profile")
        added = figure(results, group["workload"], "dagmem-tracer", "added_rss_bytes")
        if group["workload"] not in MEMORY or not profile or added is None:
            continue
        allowed = (0.13 * profile["peak_bytes"] + 4 * MEBIBYTE + group["threads"] * MEBIBYTE / 4
                   + 64 * profile["accounts"] * profile["shards"])
        yield _at_most(f"added peak RSS, {group['workload']}", allowed / MEBIBYTE, _scaled(added, 1 / MEBIBYTE),
                       "{:.1f} MiB")


def _bounded(results):
    sizes = [figure(results, workload, "dagmem-tracer", "profile_bytes") for workload in ("events-1e6", "events-1e8")]
    found = {"median": sizes[1] - sizes[0]} if None not in sizes else None
    yield _row("profile of 10^8 events against 10^6 of the same loop", "the same size", found,
               "{:+d} bytes", lambda value: value == 0)


def _start_up(results):
    for contender, way in (("dagmem-tracer", "the tracer preloaded"), ("dagmem", "dagmem run")):
        yield _at_most(f"start-up, wall time added to true by {way}", 5,
                       _scaled(figure(results, "true", contender, "added_wall_s"), 1e3), "{:.1f} ms")


def _first_report(results):
    for workload, limit in (("python3", 0.5), ("cc1", 2.0)):
        yield _at_most(f"from the end of {workload} to dagmem top", limit,
                       figure(results, workload, "dagmem", "report_s"), "{:.2f} s")


def _dag(results):
    for order in ORDERS:
        yield _at_most(f"order and execution of 10^6 empty nodes, {order}", 4 if order == "greedy" else 1,
                       dag_spread(results, "run_s", "libdagrun", MILLION, 1, order), "{:.2f} s")
    for runtime, what in (("dag run", "dagmem dag run"), ("libdagrun", "a program with libdagrun.a")):
        used = [dag_spread(results, "max_rss_bytes", runtime, MILLION, 1, order) for order in ORDERS]
        largest = max(used, key=lambda found: found["median"]) if all(used) else None
        yield _at_most(f"peak RSS of 10^6 empty nodes, {what}", 150, _scaled(largest, 1e-6), "{:.0f} MB")


CHECKS = [_against_heaptrack, _against_tracker, _slowdown, _per_pair, _threads, _memory, _bounded, _start_up,
          _first_report, _dag]


def check(results):
    """The rows of all goals, also of those that the results have no figure for."""
    return [row for goal in CHECKS for row in goal(results)]
