"""Adapters: what it costs to have an engine's tasks told to the tracer.

Each engine runs a graph of empty tasks, which is the worst case: by itself, in
`dagmem run`, and in that with its adapter.  Returned is what was measured and
nothing derived from it: figures.py does that.
"""
import glob
import json
import os
import shutil
from dataclasses import asdict, dataclass
from typing import Callable

from harness import inputs
from harness.dag import BY_NAME as RUNTIMES, VARIABLES
from harness.measure import Failed, measure

FOLDER = os.path.abspath("build/bench/adapter-profiles")
OUTPUT = "build/bench/stdout.txt"
# What runs in turn; costs are added to the first.
WAYS = ("plain", "dagmem", "adapter")


@dataclass(frozen=True)
class Engine:
    """An engine and its graph of so many tasks, on one worker: how long workers wait for each other is no cost."""
    name: str
    what: str
    adapter: str
    command: Callable                       # command(tasks)
    quick: int
    full: int
    options: tuple = ()                     # of `dagmem run`, also without the adapter

    def missing(self):
        """What to install, or None."""
        if self.adapter != "make":
            return RUNTIMES[self.name].missing()
        return None if shutil.which("make") else "make is not there: install make"


def _layers(name):
    return lambda tasks: RUNTIMES[name].command(f"layered:100x{tasks // 100}", 1, "")


ENGINES = [
    Engine("libomp", "OpenMP tasks with depend clauses", "openmp", _layers("libomp"), 10_000, 100_000),
    Engine("StarPU", "StarPU tasks with dependencies by tag", "starpu", _layers("StarPU"), 2_000, 20_000),
    Engine("make", "recipes that start true(1)", "make", lambda tasks:
           ["make", "-s", "-f", inputs.makefile(tasks)], 30, 200, ("--follow",)),
]
BY_NAME = {engine.name: engine for engine in ENGINES}


def new_case(engine, size):
    """What there is to measure of an engine."""
    return {"engine": engine.name, "what": engine.what, "tasks": getattr(engine, size),
            "ways": {way: {"runs": [], "profile_bytes": None} for way in WAYS}, "error": None}


def _command(engine, way, tasks):
    """The command of one way to run it."""
    plain = engine.command(tasks)
    if way == "plain":
        return plain
    adapter = ["--adapter", engine.adapter] if way == "adapter" else []
    return [os.path.abspath("build/dagmem"), "-q", "run", "-f", "-o", f"{FOLDER}/", *engine.options, *adapter, "--",
            *plain]


def _check_output(engine):
    """The program says how many tasks it ran; make says nothing."""
    if engine.adapter != "make":
        with open(OUTPUT, encoding="ascii") as text:
            json.load(text)


def _run_once(engine, way, case, number):
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    used = measure(_command(engine, way, case["tasks"]), VARIABLES, output=OUTPUT)
    _check_output(engine)
    case["ways"][way]["runs"].append({"round": number, **asdict(used)})
    if way != "plain":
        case["ways"][way]["profile_bytes"] = sum(os.path.getsize(path) for path in glob.glob(f"{FOLDER}/*.dagmem"))


def run_round(cases, number):
    """Run each way of each case once, in an order that turns; a failure is noted in its case."""
    turned = WAYS[number % len(WAYS):] + WAYS[:number % len(WAYS)]
    for case in cases:
        try:
            for way in turned if not case["error"] else ():
                _run_once(BY_NAME[case["engine"]], way, case, number)
        except (Failed, OSError, ValueError) as failure:
            case["error"] = str(failure)
    shutil.rmtree(FOLDER, ignore_errors=True)
