"""What figures come to, on runs that are known.  Run it: it says what failed."""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

# pylint: disable=wrong-import-position
from harness.dag import MILLION
from harness.figures import add_adapter_figures, add_dag_figures, add_figures, figure, ratio, spread, threads_ratio
from harness.goals import MET, NOISE, NOT_MET, check
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
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "against", "heaptrack", "median"), 30)
        self.assertIsNone(figure(found, "jq", "count", "against", "heaptrack"))

    def test_groups_for_slow_contenders_are_left_aside(self):
        slow = group(plain=entry([1.0]), dagmem=entry([9.0]))
        slow["slow"] = True
        found = results(slow, group(plain=entry([1.0]), dagmem=entry([1.1])))
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "slowdown", "median"), 1.1)


    def test_the_interval_leaves_out_what_the_sign_test_allows(self):
        for count, left_out in ((1, 0), (5, 0), (7, 0), (8, 1), (11, 2), (18, 5)):
            found = spread(list(range(count)))
            self.assertEqual((found["low"], found["high"]), (left_out, count - 1 - left_out), count)
        self.assertIsNone(spread([]))

    def test_lower_quartiles_do_not_mind_what_only_adds(self):
        found = results(group(plain=entry([1.0, 1.0, 9.0, 1.0, 9.0]), dagmem=entry([1.2, 8.0, 1.2, 7.0, 1.2])))
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "quiet", "slowdown"), 1.2)
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "quiet", "added_ns_per_pair"), 200)

    def test_disturbed_rounds_do_not_count_unless_most_are(self):
        item = group(plain=entry([1.0, 1.0, 1.0, 1.0]), dagmem=entry([1.1, 1.3, 1.1, 1.1]), heaptrack=entry([2.0, 3.0]))
        item["rounds"] = [{"round": number, "others_share": 0.0, "disturbed": number == 1} for number in range(4)]
        found = results(item)
        self.assertAlmostEqual(figure(found, "jq", "dagmem", "slowdown", "max"), 1.1)
        self.assertAlmostEqual(figure(found, "jq", "heaptrack", "slowdown", "max"), 2.0)
        item["rounds"] = [{**entry_of, "disturbed": number != 0} for number, entry_of in enumerate(item["rounds"])]
        self.assertAlmostEqual(figure(results(item), "jq", "dagmem", "slowdown", "max"), 1.3)

    def test_two_threads_are_compared_with_one_round_by_round(self):
        one, two = (group(plain=entry([1.0, 3.0]), dagmem=entry(cpu)) for cpu in ([1.1, 3.2], [1.2, 3.3]))
        two["workload"] = "jq-x2"
        found = threads_ratio(results(one, two), "jq", "jq-x2", "dagmem")
        self.assertAlmostEqual(found["max"], 2.0)
        self.assertAlmostEqual(found["min"], 1.5)
        self.assertIsNone(threads_ratio(results(one), "jq", "jq-x2", "dagmem"))

    def test_a_ratio_has_the_interval_that_its_parts_allow(self):
        found = ratio(spread([4.0, 6.0]), spread([0.5, 1.0]))
        self.assertAlmostEqual(found["low"], 4)
        self.assertAlmostEqual(found["high"], 12)
        self.assertIsNone(ratio(spread([1.0]), spread([-0.1, 9.0, 2.0]))["high"])


class Goals(unittest.TestCase):
    """goals.py"""

    def row(self, goal, found):
        """The goal whose text begins so."""
        return next(row for row in check(found) if row[0].startswith(goal))

    def verdict(self, goal, found):
        """Whether it is met."""
        return self.row(goal, found)[-1]

    def test_met_missed_and_not_measured_are_told_apart(self):
        fast = results(group(plain=entry([1.0]), dagmem=entry([1.04]), heaptrack=entry([2.0])))
        slow = results(group(plain=entry([1.0]), dagmem=entry([1.06]), heaptrack=entry([2.0])))
        self.assertEqual(self.verdict("slowdown of jq", fast), MET)
        self.assertEqual(self.verdict("slowdown of jq", slow), NOT_MET)
        self.assertEqual(self.verdict("added CPU, jq: dagmem run", fast), MET)
        self.assertEqual(self.verdict("added CPU, jq: dagmem run", slow), NOT_MET)
        self.assertEqual(self.row("slowdown of perl", fast)[2:], ("not measured", "", "", ""))

    def test_a_limit_inside_the_range_is_within_noise_whatever_the_median(self):
        for cpu in ([1.01, 1.02, 1.2], [1.01, 1.1, 1.2]):
            found = results(group(plain=entry([1.0] * 3), dagmem=entry(cpu), heaptrack=entry([2.0])))
            self.assertEqual(self.row("slowdown of jq", found)[3:], ("1.01x - 1.20x", f"{(cpu[0] + cpu[1]) / 2:.2f}x",
                                                                   NOISE))
            self.assertEqual(self.verdict("added CPU, jq: dagmem run", found), NOISE)

    def test_a_peer_that_fails_is_named(self):
        broken = entry([], error="ended with status 1")
        found = results({**group(plain=entry([1.0]), dagmem=entry([1.1]), heaptrack=broken), "workload": "cc1"})
        self.assertEqual(self.row("added CPU, cc1: dagmem run", found)[2:], ("heaptrack fails", "", "", ""))

    def test_those_of_the_dag_runner_are_by_order(self):
        found = results(dag=[dag_case([0.9, 0.5, 0.75]), dag_case([1.25], order="bfs"), dag_case([3], order="greedy")])
        self.assertEqual(self.verdict("order and execution of 10^6 empty nodes, file", found), MET)
        self.assertEqual(self.verdict("order and execution of 10^6 empty nodes, bfs", found), NOT_MET)
        self.assertEqual(self.verdict("order and execution of 10^6 empty nodes, greedy", found), MET)
        self.assertEqual(self.verdict("order and execution of 10^6 empty nodes, dfs", found), "")
        self.assertEqual(self.verdict("peak RSS of 10^6 empty nodes, a program", found), "")


class Tables(unittest.TestCase):
    """tables.py"""

    def test_an_adapter_costs_what_it_adds_to_the_engine(self):
        def way(*cpu):
            return {"runs": [{"round": number, "cpu_s": seconds, "wall_s": 1, "max_rss_bytes": 1 << 20}
                             for number, seconds in enumerate(cpu)], "profile_bytes": 2048}
        case = {"engine": "E", "what": "tasks", "tasks": 1_000_000, "error": None,
                "ways": {"plain": way(0.1, 0.2), "dagmem": way(0.15, 0.25), "adapter": way(2.1, 20.2)}}
        broken = {"engine": "B", "what": "tasks", "tasks": 10, "error": "ended with status 125",
                  "ways": {"plain": way(0.1), "dagmem": way(), "adapter": way()}}
        text = document({**results(), "adapters": [add_adapter_figures(each) for each in (case, broken)]}, False)
        self.assertRegex(text, r"\| E: tasks +\| +1,000,000 \| +150 ns \| +50 ns \| +11.0 µs \(2000 ns - 20.0 µs\) "
                               r"\| +1.0 MiB \| +1.0 MiB \| +2 KiB \|")
        self.assertRegex(text, r"\| B: tasks +\| +10 \| +10.00 ms \| +\| +fails \|")
        self.assertIn("- B: ended with status 125", text)

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
