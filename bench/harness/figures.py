"""Figures: what a workload's runs come to.  The one place that defines them.

    slowdown            CPU of a run / CPU of the baseline's run of the same round
    added_cpu_s         CPU of a run - CPU of the baseline's run of the same round
    wall_slowdown, added_wall_s         the same of wall time
    added_ns_per_pair   added CPU per allocation with its free: pairs = events / 2
    added_rss_bytes     peak RSS - the baseline's
    against             for each of heaptrack's two modes: its added CPU / ours,
                        null where either is not above the noise (<= 0)

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
