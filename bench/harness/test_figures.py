"""What figures come to, on runs that are known.  Run it: it says what failed."""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

# pylint: disable=wrong-import-position
from harness.dag import MILLION
from harness.figures import add_dag_figures, add_figures, figure
from harness.goals import check
from harness.tables import document


def entry(cpu, baseline="plain", **more):
    """A contender with these CPU times, one a round; wall is twice that, RSS a thousand bytes a second."""
    runs = [{"round": number, "cpu_s": seconds, "wall_s": 2 * seconds, "max_rss_bytes": int(1000 * seconds)}
            for number, seconds in enumerate(cpu) if seconds is not None]
    return {"baseline": baseline, "runs": runs, "profile_bytes": 4096, "report_s": [0.25, 0.75], "error": None, **more}


def group(**contenders):
    """A workload of a million pairs."""
    return {"workload": "jq", "what": "a workload", "size": 1, "unit": "run", "threads": 1, "variables": {},
            "command": ["jq"], "events": {"allocations": 1_000_001, "frees": 999_999}, "slow": False,
            "contenders": {name.replace("_", "-"): item for name, item in contenders.items()}}


def dag_case(seconds, runtime="libdagrun", order="file", error=None):
    """A case of a million nodes that takes so long, and twice that with building."""
    runs = [{"round": number, "run_s": run_s, "whole_s": 2 * run_s, "max_rss_bytes": 100_000_000}
            for number, run_s in enumerate(seconds)]
    return {"runtime": runtime, "shape": MILLION, "workers": 1, "order": order, "nodes": 1_000_000 if runs else None,
            "edges": 2_400_000 if runs else None, "runs": runs, "error": error}


def results(*groups, dag=()):
    """Results of nothing but these groups and DAG cases."""
    machine = {"processor": "P", "cores": 2, "virtual": False, "memory_bytes": 1 << 30, "architecture": "A",
               "system": "S", "kernel": "1", "libc": "L", "load_before": 0, "versions": {}}
    return {"machine": machine, "date": "D", "took_s": 1, "command": "C", "size": "full", "rounds": 3,
            "peer_rounds": 3, "skipped": [], "groups": [add_figures(item) for item in groups],
            "dag": [add_dag_figures(case) for case in dag]}


class Figures(unittest.TestCase):
    """figures.py"""

    def test_costs_are_paired_within_rounds(self):
        found = results(group(plain=entry([1.0, 2.0, 4.0]), dagmem=entry([1.5, 2.2, 4.1])))
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "added_cpu_s", "median"), 0.2)
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "added_cpu_s", "max"), 0.5)
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "slowdown", "median"), 1.1)
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "added_wall_s", "min"), 0.2)
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "added_ns_per_pair", "median"), 200)
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "report_s", "median"), 0.5)

    def test_rounds_without_the_baseline_do_not_count(self):
        found = results(group(plain=entry([1.0, None, 1.0]), dagmem=entry([1.5, 9.0, 1.5])))
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "added_cpu_s", "max"), 0.5)

    def test_a_contender_is_compared_with_its_own_baseline(self):
        found = results(group(plain=entry([1.0]), jemalloc=entry([0.5]),
                              jemalloc_sampled=entry([0.6], baseline="jemalloc")))
        self.assertAlmostEqual(figure(found, "jq", "jemalloc-sampled", "slowdown", "median"), 1.2)

    def test_ratios_are_of_added_cpu_and_none_within_the_noise(self):
        found = results(group(plain=entry([1.0]), dagmem=entry([1.1]), count=entry([0.9]), heaptrack=entry([4.0])))
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "against", "heaptrack"), 30)
        self.assertIsNone(figure(found, "jq", "count", "against", "heaptrack"))

    def test_groups_for_slow_contenders_are_left_aside(self):
        slow = group(plain=entry([1.0]), dagmem=entry([9.0]))
        slow["slow"] = True
        found = results(slow, group(plain=entry([1.0]), dagmem=entry([1.1])))
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "slowdown", "median"), 1.1)


class Goals(unittest.TestCase):
    """goals.py"""

    def verdict(self, goal, found):
        """Whether the goal whose text begins so is met."""
        return next(met for text, _, _, met in check(found) if text.startswith(goal))

    def test_met_missed_and_not_measured_are_told_apart(self):
        fast = results(group(plain=entry([1.0]), dagmem=entry([1.04]), heaptrack=entry([2.0])))
        slow = results(group(plain=entry([1.0]), dagmem=entry([1.06]), heaptrack=entry([2.0])))
        self.assertIs(self.verdict("slowdown of jq", fast), True)
        self.assertIs(self.verdict("slowdown of jq", slow), False)
        self.assertIs(self.verdict("added CPU, jq: dagmem run", fast), True)
        self.assertIs(self.verdict("added CPU, jq: dagmem run", slow), False)
        self.assertIsNone(self.verdict("slowdown of perl", fast))


    def test_those_of_the_dag_runner_are_by_order(self):
        found = results(dag=[dag_case([1.5, 0.5, 0.75]), dag_case([1.25], order="bfs"), dag_case([3], order="greedy")])
        self.assertIs(self.verdict("order and execution of 10^6 empty nodes, file", found), True)
        self.assertIs(self.verdict("order and execution of 10^6 empty nodes, bfs", found), False)
        self.assertIs(self.verdict("order and execution of 10^6 empty nodes, greedy", found), True)
        self.assertIsNone(self.verdict("order and execution of 10^6 empty nodes, dfs", found))
        self.assertIsNone(self.verdict("peak RSS of 10^6 empty nodes, a program", found))


class Tables(unittest.TestCase):
    """tables.py"""

    def test_dag_runtimes_stand_side_by_side(self):
        text = document(results(dag=[dag_case([0.5]), dag_case([0.25], "libgomp"),
                                     dag_case([], "StarPU", error="ended with status 139")]), with_details=True)
        self.assertRegex(text, r"\| layered:1000x1000 +\| libdagrun \| +file \| 1,000,000 \| 2,400,000 "
                               r"\| +500.0 ms \| +500 ns \| +1000 ns \| +95.4 MiB \|")
        self.assertRegex(text, r"\| +1 \| +500 ns \| +1000 ns 95.4 MiB \| +500 ns 95.4 MiB \| +\| +fails \|")
        self.assertIn("StarPU, layered:1000x1000, 1 workers, file: ended with status 139", text)

    def test_a_failure_is_shown_as_such(self):
        broken = entry([], error="ended with status 1: out of memory")
        text = document(results(group(plain=entry([1.0]), dagmem=entry([1.5]), heaptrack=broken)), with_details=True)
        self.assertRegex(text, r"\| jq +\| +1.00 s \| +1.0 M \| +1.50x 500 ns \| +fails \|")
        self.assertIn("heaptrack: ended with status 1: out of memory", text)


if __name__ == "__main__":
    unittest.main()
