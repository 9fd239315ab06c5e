"""DAG: graphs of empty nodes in libdagrun.a, and in what a user would pick instead.

Each case is one program that builds a graph, runs it, and prints what it took
(bench/programs/dag_graph.h).  Returned is what was measured and nothing derived
from it: figures.py does that.
"""
import json
import os
from dataclasses import asdict, dataclass
from typing import Callable

from harness.measure import Failed, measure

PROGRAMS = os.path.abspath("build/bench/programs")
OUTPUT = "build/bench/stdout.txt"
# StarPU writes about the machine's buses under its home, and tells about it.
VARIABLES = {"STARPU_HOME": os.path.abspath("build/bench"), "STARPU_SILENT": "1"}

ORDERS = ("file", "bfs", "dfs", "greedy")
MILLION = "layered:1000x1000"
SCALE = {"quick": ("layered:1000x10", "layered:1000x100", MILLION),
         "full": ("layered:1000x10", "layered:1000x100", MILLION, "layered:1000x10000")}
COMPARED = {"quick": ("chain:100000", "layered:1000x100"), "full": ("chain:1000000", MILLION)}
# Takes long enough to be run once.
LARGE_NODES = 10_000_000


@dataclass(frozen=True)
class Runtime:
    """What runs a graph."""
    name: str
    what: str
    command: Callable                       # command(shape, workers, order)
    read: Callable = json.loads             # what the command printed, as dag_graph.h has it
    package: str = ""

    def missing(self):
        """What to install, or None."""
        program = self.command("", 1, "")[0]
        return None if os.path.exists(program) else f"{os.path.basename(program)} was not built: install {self.package}"


def _program(name, ordered=False):
    def command(shape, workers, order):
        return [f"{PROGRAMS}/dag_{name}", shape, str(workers), *([order] if ordered else [])]
    return command


def _dag_run(shape, _workers, order):
    kind, _, size = shape.partition(":")
    return [os.path.abspath("build/dagmem"), "dag", "run", "--payload", "none", "--no-trace", "--json",
            "--order", order, f"{kind}:1:{size}:16"]


def _read_dag_run(text):
    """Of `dagmem dag run`, whose time is of execution alone, only the size counts."""
    found = json.loads(text)
    return {"nodes": found["runs"][0]["nodes_executed"], "edges": found["graph"]["edges"],
            "whole_s": None, "run_s": None}


RUNTIMES = [
    Runtime("libdagrun", "our library: refcount-path", _program("runner", ordered=True)),
    Runtime("dag run", "dagmem dag run, untraced, without payload", _dag_run, _read_dag_run),
    Runtime("libgomp", "gcc's OpenMP: tasks with depend clauses", _program("libgomp"), package="gcc"),
    Runtime("libomp", "LLVM's OpenMP: the same program", _program("libomp"), package="clang and libomp-dev"),
    Runtime("StarPU", "tasks with dependencies by tag", _program("starpu"), package="libstarpu-dev"),
]
BY_NAME = {runtime.name: runtime for runtime in RUNTIMES}


def _case(runtime, shape, workers=1, order="file"):
    return {"runtime": runtime, "shape": shape, "workers": workers, "order": order,
            "nodes": None, "edges": None, "runs": [], "error": None}


def cases(size, present):
    """All cases of a size, of the runtimes that are there; each once."""
    for shape in SCALE[size]:
        yield from (_case("libdagrun", shape, order=order) for order in ORDERS)
    yield from (_case("dag run", MILLION, order=order) for order in ORDERS)
    for shape in COMPARED[size]:
        for workers in (1, 2):
            for runtime in present:
                scaled = runtime.name == "libdagrun" and workers == 1 and shape in SCALE[size]
                if runtime.name != "dag run" and not scaled:
                    yield _case(runtime.name, shape, workers)


def run_case(case, number):
    """Run it once; a failure is noted in the case."""
    runtime = BY_NAME[case["runtime"]]
    try:
        used = measure(runtime.command(case["shape"], case["workers"], case["order"]), VARIABLES, output=OUTPUT)
        with open(OUTPUT, encoding="ascii") as text:
            printed = runtime.read(text.read())
    except (Failed, ValueError) as failure:
        case["error"] = str(failure)
        return
    case["nodes"], case["edges"] = printed["nodes"], printed["edges"]
    case["runs"].append({"round": number, **asdict(used),
                         "whole_s": printed["whole_s"], "run_s": printed["run_s"] or None})


def run_cases(all_cases, rounds):
    """Run each case once a round, the large ones in the first alone; yields after each round."""
    for number in range(rounds):
        for case in all_cases:
            large = case["nodes"] and case["nodes"] >= LARGE_NODES
            if not case["error"] and not large:
                run_case(case, number)
        yield number
