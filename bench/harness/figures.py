"""Figures: what a workload's runs come to.  The one place that defines them.

    slowdown            CPU of a run / CPU of the baseline's run of the same round
    added_cpu_s         CPU of a run - CPU of the baseline's run of the same round
    wall_slowdown, added_wall_s         the same of wall time
    added_ns_per_pair   added CPU per allocation with its free: pairs = events / 2
    added_rss_bytes     peak RSS - the baseline's
    against             for each of heaptrack's two modes: its added CPU / ours,
                        null where either is not above the noise (<= 0)

Of a DAG case:

    whole_ns_per_node   from nothing to every node run, building included
    run_s, run_ns_per_node      of a graph that was there: plan, order, execution

Of an engine with an adapter, one way to run it:

    cpu_ns_per_task     CPU per empty task, the engine's own included
    added_ns_per_task   what that is more than of the engine by itself in the same round

Each is the median over the rounds, with the least and the greatest beside it,
and `low` and `high`: between them the true median is at 90 % and more, whatever
the noise looks like (of five rounds and fewer these are least and greatest).
`quiet` is the same figure of the lower quartiles of CPU time, ours and the
baseline's: what others take of a machine only ever adds.

Rounds that others disturbed (load.py) do not count where half of a contender's
runs, or more, were in others.
"""
from math import comb
from statistics import median, quantiles

# With fewer a cost per pair says nothing.
PAIRS_MIN = 1000
# What measure.py's Run holds.
MEASURED = ("cpu_s", "wall_s", "max_rss_bytes")
HEAPTRACK = ("heaptrack", "heaptrack-tracker")


def _rank(count):
    """The rank k for which the median is between the k-th least and the k-th greatest at 90 % and more (sign test)."""
    rank = 1
    while 2 * rank + 2 <= count and 2 * sum(comb(count, i) for i in range(rank + 1)) <= 0.1 * 2 ** count:
        rank += 1
    return rank


def spread(values):
    """Median, least and greatest, and the interval that the median is in; None of nothing."""
    if not values:
        return None
    ordered, rank = sorted(values), _rank(len(values))
    return {"median": median(values), "min": ordered[0], "max": ordered[-1],
            "low": ordered[rank - 1], "high": ordered[-rank]}


def lower_quartile(values):
    """The lower quartile of one value or more."""
    return quantiles(values, n=4, method="inclusive")[0] if len(values) > 1 else values[0]


def ratio(upper, lower):
    """The spread of a ratio of two figures that were not measured in pairs; None where either is within the noise."""
    if not upper or not lower or upper["median"] <= 0 or lower["median"] <= 0:
        return None
    return {"median": upper["median"] / lower["median"],
            "low": max(0.0, upper["low"]) / lower["high"],
            "high": upper["high"] / lower["low"] if lower["low"] > 0 else None}        # any


def counted(group, entry):
    """The runs that count: those of undisturbed rounds, where they are half or more."""
    disturbed = {item["round"] for item in group.get("rounds", []) if item["disturbed"]}
    good = [run for run in entry["runs"] if run["round"] not in disturbed]
    return good if 2 * len(good) >= len(entry["runs"]) else entry["runs"]


def pairs_of(group):
    """How many allocations with their frees a workload has."""
    return (group["events"]["allocations"] + group["events"]["frees"]) / 2


def _paired(runs, baseline_runs, figure):
    """(ours, the baseline's) of each round that has both."""
    other = {run["round"]: run[figure] for run in baseline_runs}
    return [(run[figure], other[run["round"]]) for run in runs if run["round"] in other]


def _own_figures(runs, entry):
    """What its own runs say, without a baseline."""
    figures = {figure: spread([run[figure] for run in runs]) for figure in MEASURED}
    return {**figures, "profile_bytes": entry["profile_bytes"], "report_s": spread(entry["report_s"])}


def _quiet(pairs_of_values, pairs):
    """The figures of the lower quartiles of (ours, the baseline's) CPU time."""
    ours, theirs = (lower_quartile(values) for values in zip(*pairs_of_values))
    return {"added_cpu_s": ours - theirs, "slowdown": ours / theirs if theirs > 0 else None,
            "added_ns_per_pair": (ours - theirs) / pairs * 1e9 if pairs >= PAIRS_MIN else None}


def _compared_figures(runs, baseline_runs, pairs):
    """What its runs say beside the baseline's."""
    cpu, wall, rss = (_paired(runs, baseline_runs, figure) for figure in MEASURED)
    added_cpu = [ours - theirs for ours, theirs in cpu]
    return {
        "quiet": _quiet(cpu, pairs) if cpu else None,
        "slowdown": spread([ours / theirs for ours, theirs in cpu if theirs > 0]),
        "wall_slowdown": spread([ours / theirs for ours, theirs in wall if theirs > 0]),
        "added_cpu_s": spread(added_cpu),
        "added_wall_s": spread([ours - theirs for ours, theirs in wall]),
        "added_ns_per_pair": spread([added / pairs * 1e9 for added in added_cpu]) if pairs >= PAIRS_MIN else None,
        "added_rss_bytes": spread([ours - theirs for ours, theirs in rss]),
    }


def _against(figures, name):
    """How many times what `name` adds is what heaptrack's modes add."""
    def times(peer):
        found = ratio(figures[peer].get("added_cpu_s"), figures[name].get("added_cpu_s"))
        quiet = [(figures[which].get("quiet") or {}).get("added_cpu_s") or 0 for which in (peer, name)]
        return found and {**found, "quiet": quiet[0] / quiet[1] if min(quiet) > 0 else None}

    return {peer: times(peer) for peer in HEAPTRACK if peer in figures and peer != name}


def add_figures(group):
    """Fill in `figures` of each contender of `group`; None for one that never ran."""
    entries = group["contenders"]
    runs = {name: counted(group, entry) for name, entry in entries.items() if entry["runs"]}
    figures = {name: _own_figures(runs[name], entries[name]) for name in runs}
    for name in figures:
        baseline = entries[name]["baseline"]
        if baseline != name:
            figures[name].update(_compared_figures(runs[name], entries[baseline]["runs"], pairs_of(group)))
    for name, entry in entries.items():
        entry["figures"] = {**figures[name], "against": _against(figures, name)} if name in figures else None
    return group


def add_dag_figures(case):
    """Fill in `figures` of a case of dag.py; None for one that never ran."""
    def per_node(values):
        return [value / case["nodes"] * 1e9 for value in values]

    run, whole = ([entry[what] for entry in case["runs"] if entry[what]] for what in ("run_s", "whole_s"))
    case["figures"] = {
        "whole_ns_per_node": spread(per_node(whole)),
        "run_s": spread(run),
        "run_ns_per_node": spread(per_node(run)),
        "max_rss_bytes": spread([entry["max_rss_bytes"] for entry in case["runs"]]),
    } if case["runs"] else None
    return case


def add_adapter_figures(case):
    """Fill in `figures` of each way of a case of adapters.py; None for one that never ran."""
    plain = case["ways"]["plain"]["runs"]
    for way in case["ways"].values():
        added = [ours - theirs for ours, theirs in _paired(way["runs"], plain, "cpu_s")]
        way["figures"] = {
            "cpu_ns_per_task": spread([run["cpu_s"] / case["tasks"] * 1e9 for run in way["runs"]]),
            "added_ns_per_task": spread([each / case["tasks"] * 1e9 for each in added]),
            "max_rss_bytes": spread([run["max_rss_bytes"] for run in way["runs"]]),
        } if way["runs"] else None
    return case


def dag_case(results, runtime, shape, workers=1, order="file"):
    """The case of that description, or None."""
    for case in results["dag"]:
        if (case["runtime"], case["shape"], case["workers"], case["order"]) == (runtime, shape, workers, order):
            return case
    return None


def dag_spread(results, what, *description):
    """One figure, or None: dag_spread(results, "run_s", "libdagrun", "chain:1000000")."""
    case = dag_case(results, *description)
    return case["figures"].get(what) if case and case["figures"] else None


def main_groups(results):
    """The groups at the size that was asked for, without those for slow contenders."""
    return [group for group in results["groups"] if not group["slow"]]


def figure(results, workload, contender, *path):
    """One figure, or None: figure(results, "jq", "dagmem", "slowdown", "median")."""
    for group in main_groups(results):
        if group["workload"] == workload:
            found = group["contenders"].get(contender, {}).get("figures")
            for step in path:
                found = found.get(step) if found else None
            return found
    return None


def entry_error(results, workload, contender):
    """What a contender failed with at a workload, or None."""
    found = [group["contenders"].get(contender) for group in main_groups(results) if group["workload"] == workload]
    return found[0]["error"] if found and found[0] else None


def _added_by_round(group, contender):
    """{round: nanoseconds per pair}, of the rounds that count."""
    entry = group["contenders"].get(contender)
    runs = counted(group, entry) if entry else []
    theirs = {run["round"]: run["cpu_s"] for run in group["contenders"]["plain"]["runs"]}
    pairs = [(run["round"], run["cpu_s"], theirs[run["round"]]) for run in runs if run["round"] in theirs]
    return {number: (ours - plain) / pairs_of(group) * 1e9 for number, ours, plain in pairs}


def threads_ratio(results, one, two, contender):
    """What a pair costs more in workload `two` than in `one`, that took turns in the same rounds; or None."""
    groups = {group["workload"]: group for group in main_groups(results)}
    if one not in groups or two not in groups:
        return None
    first, second = (_added_by_round(groups[name], contender) for name in (one, two))
    found = spread([second[number] / first[number] for number in first if number in second and first[number] > 0])
    quiet = [figure(results, name, contender, "quiet", "added_ns_per_pair") for name in (one, two)]
    return found and {**found, "quiet": quiet[1] / quiet[0] if None not in quiet and quiet[0] > 0 else None}
