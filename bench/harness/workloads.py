"""Workloads: the programs that are measured, each at a quick and a full size.

Full sizes of real programs take about a second of CPU; contenders that are many
times slower get the quick size.  To add a workload: a function of its size that
returns the command, and a line in WORKLOADS.
"""
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import Callable

from harness import inputs
from harness.contenders import ALL, CONTENDED, EXACT

PROGRAMS = os.path.abspath("build/bench/programs")
SCRIPTS = os.path.abspath("bench/inputs")


@dataclass(frozen=True)
class Workload:
    """One program and its sizes."""
    name: str
    what: str
    command: Callable                       # command(size): the command
    quick: int
    full: int
    unit: str                               # what sizes count
    contenders: tuple = ALL
    variables: dict = field(default_factory=dict)
    times: int = 1                          # runs in one measurement, where one is too short
    threads: int = 1
    rounds: int = 0                         # 0: as many as asked for
    rounds_factor: int = 1                  # more of them where single runs say little
    together: str = ""                      # workloads of the same name take turns in the same rounds
    needs: str = ""                         # program, and what to install when it isn't there
    package: str = ""

    def missing(self):
        """What to install, or None."""
        if not self.needs or shutil.which(self.needs):
            return None
        return f"{self.needs} is not there: install {self.package or self.needs}"


def _cc1(functions):
    compiler = subprocess.run(["gcc", "-print-prog-name=cc1"], capture_output=True, text=True, check=True)
    return [compiler.stdout.strip(), "-quiet", "-O2", "-fpreprocessed", inputs.preprocessed_c(functions),
            "-o", "/dev/null"]


def _real_programs():
    return [
        Workload("sqlite3", "tables, an index, joins and aggregates in memory", lambda rows:
                 ["sqlite3", ":memory:", f".read {inputs.sql_script(rows)}"], 60_000, 600_000, "rows",
                 needs="sqlite3"),
        # The system's own: `python3` may be a wrapper script of a version manager.
        Workload("python3", "json, deepcopy and dicts, PYTHONMALLOC=malloc", lambda rounds:
                 ["/usr/bin/python3", f"{SCRIPTS}/python_job.py", str(rounds)], 1, 5, "rounds",
                 variables={"PYTHONMALLOC": "malloc"}, needs="/usr/bin/python3", package="python3"),
        Workload("jq", "reshape, group and aggregate records", lambda records:
                 ["jq", "-f", f"{SCRIPTS}/report.jq", inputs.json_records(records)], 6_000, 40_000, "records",
                 needs="jq"),
        Workload("perl", "split, count, sort and join words", lambda rounds:
                 ["perl", f"{SCRIPTS}/words.pl", str(rounds)], 4, 30, "rounds", needs="perl"),
        Workload("cc1", "the C compiler at -O2 on generated functions", _cc1, 8, 60, "functions", needs="gcc"),
        Workload("xmllint", "parse a document into a tree", lambda mebibytes:
                 ["xmllint", "--noout", inputs.xml_document(mebibytes)], 3, 25, "MiB",
                 needs="xmllint", package="libxml2-utils"),
        Workload("git", "log -p --stat of a generated history", lambda commits:
                 ["git", f"--git-dir={inputs.git_repository(commits)}", "--no-pager", "log", "-p", "--stat"],
                 300, 3_000, "commits", needs="git"),
    ]


def _micro(name, what, arguments, quick, full, unit="pairs", **more):
    """A program of bench/programs; `arguments` with SIZE for the size."""
    program, *rest = arguments.split()
    return Workload(name, what, lambda size: [f"{PROGRAMS}/{program}", *[a.replace("SIZE", str(size)) for a in rest]],
                    quick, full, unit, **{"contenders": EXACT, **more})


def _micro_programs():
    small, large = 500_000, 4_000_000
    yield from (_micro(f"stack-{depth}", f"the same stack again and again, {depth} calls deep",
                       f"stack {depth} SIZE 1", small, large) for depth in (5, 20, 60))
    yield _micro("tree", "recursion that allocates on each level: varied stacks", "tree SIZE 1", small, large)
    yield _micro("paths", "a random one of 1000 paths, 5 to 40 calls deep", "paths SIZE 1", small, large)
    yield _micro("cold", "262,144 stacks, each once", "cold SIZE", 262_144, 262_144)
    yield _micro("live", "replacements in a large live heap", "live SIZE 2000000", 200_000, 1_000_000, "blocks")
    yield from _threads()


def _threads():
    """One thread and two in the same rounds: what they cost is compared.  Two contend for the allocator's locks, in
    one run more than in the next, so there are short runs and many."""
    small, large = 500_000, 2_000_000
    programs = {"stack-20": ("the same stack, 20 calls deep", "stack 20 SIZE"),
                "larson": ("random replacements in arrays that change hands", "larson SIZE"),
                "xmalloc": ("batches on a common list, freed by whoever takes them", "xmalloc SIZE")}
    for name, (what, command) in programs.items():
        for threads in (1, 2, 4, 8):
            compared = {"together": name, "rounds_factor": 2, "contenders": CONTENDED} if threads <= 2 else {}
            yield _micro(f"{name}-x{threads}", f"{what}, {threads} thread{'s' if threads > 1 else ''}",
                         f"{command} {threads}", small, large, threads=threads, **compared)
    for at_once, name in ((1, "threads-x1"), (2, "threads")):
        yield _micro(name, f"threads that come and go, {at_once} at a time, 100 pairs each",
                     f"threads SIZE {at_once}", 1_000, 5_000, "threads", threads=at_once + 1, together="threads",
                     rounds_factor=2, contenders=CONTENDED)


def _special():
    """What is measured for one figure: the profile's size, the start-up time."""
    ours = ("plain", "dagmem-tracer")
    return [
        # Prints what begin and end of a node take, and a pair in a node and outside.
        _micro("nodes", "short nodes of a DAG with a pair in each", "nodes SIZE 20 1", 500_000, 4_000_000, "nodes",
               contenders=ours),
        _micro("events-1e6", "recursion, 10^6 pairs", "tree SIZE 1", 1_000_000, 1_000_000, contenders=ours, rounds=1),
        _micro("events-1e8", "the same, 10^8 pairs", "tree SIZE 1", 100_000_000, 100_000_000, contenders=ours,
               rounds=1),
        Workload("true", "start-up: a program that does nothing", lambda _: ["/bin/true"], 1, 1, "run",
                 contenders=EXACT, times=20),
    ]


WORKLOADS = [*_real_programs(), *_micro_programs(), *_special()]
BY_NAME = {workload.name: workload for workload in WORKLOADS}
