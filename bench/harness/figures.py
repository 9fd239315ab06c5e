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

Each is the median over the rounds, with the least and the greatest beside it.
"""
from statistics import median

# With fewer a cost per pair says nothing.
PAIRS_MIN = 1000
# What measure.py's Run holds.
MEASURED = ("cpu_s", "wall_s", "max_rss_bytes")
HEAPTRACK = ("heaptrack", "heaptrack-tracker")


def spread(values):
    """Median, least and greatest, or None of nothing."""
    return {"median": median(values), "min": min(values), "max": max(values)} if values else None


def pairs_of(group):
    """How many allocations with their frees a workload has."""
    return (group["events"]["allocations"] + group["events"]["frees"]) / 2


def _paired(runs, baseline_runs, figure):
    """(ours, the baseline's) of each round that has both."""
    other = {run["round"]: run[figure] for run in baseline_runs}
    return [(run[figure], other[run["round"]]) for run in runs if run["round"] in other]


def _own_figures(entry):
    """What its own runs say, without a baseline."""
    figures = {figure: spread([run[figure] for run in entry["runs"]]) for figure in MEASURED}
    return {**figures, "profile_bytes": entry["profile_bytes"], "report_s": spread(entry["report_s"])}


def _compared_figures(entry, baseline, pairs):
    """What its runs say beside the baseline's."""
    cpu, wall, rss = (_paired(entry["runs"], baseline["runs"], figure) for figure in MEASURED)
    added_cpu = [ours - theirs for ours, theirs in cpu]
    return {
        "slowdown": spread([ours / theirs for ours, theirs in cpu if theirs > 0]),
        "wall_slowdown": spread([ours / theirs for ours, theirs in wall if theirs > 0]),
        "added_cpu_s": spread(added_cpu),
        "added_wall_s": spread([ours - theirs for ours, theirs in wall]),
        "added_ns_per_pair": spread([added / pairs * 1e9 for added in added_cpu]) if pairs >= PAIRS_MIN else None,
        "added_rss_bytes": spread([ours - theirs for ours, theirs in rss]),
    }


def _against(figures, name):
    """How many times what `name` adds is what heaptrack's modes add."""
    def added(which):
        return figures[which]["added_cpu_s"]["median"] if figures[which].get("added_cpu_s") else 0

    return {peer: added(peer) / added(name) if added(peer) > 0 and added(name) > 0 else None
            for peer in HEAPTRACK if peer in figures and peer != name}


def add_figures(group):
    """Fill in `figures` of each contender of `group`; None for one that never ran."""
    entries = group["contenders"]
    figures = {name: _own_figures(entry) for name, entry in entries.items() if entry["runs"]}
    for name in figures:
        entry = entries[name]
        if entry["baseline"] != name:
            figures[name].update(_compared_figures(entry, entries[entry["baseline"]], pairs_of(group)))
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


def dag_case(results, runtime, shape, workers=1, order="file"):
    """The case of that description, or None."""
    for case in results["dag"]:
        if (case["runtime"], case["shape"], case["workers"], case["order"]) == (runtime, shape, workers, order):
            return case
    return None


def dag_figure(results, what, *description):
    """The median of one figure, or None: dag_figure(results, "run_s", "libdagrun", "chain:1000000")."""
    case = dag_case(results, *description)
    found = case["figures"].get(what) if case and case["figures"] else None
    return found["median"] if found else None


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
