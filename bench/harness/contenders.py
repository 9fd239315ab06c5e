"""Contenders: the ways a workload is run: plain, under dagmem, under its peers.

To add one: a function that says how to start a command under it, and a line in
CONTENDERS.  A contender that replaces the allocator is compared with a baseline
that has the same allocator, so that what is measured is the profiling alone.
"""
import glob
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import Callable, Optional


@dataclass(frozen=True)
class Contender:
    """One way to run a command."""
    name: str
    what: str
    # start(folder, command): the variables to set and the command to run; what
    # it writes goes into `folder`.
    start: Callable
    baseline: str = "plain"                 # what its costs are added to
    ours: bool = False                      # measured in every round
    slow: bool = False                      # 5 times and more: small sizes, once
    profile: Optional[str] = None           # pattern of the profile's files in `folder`
    report: Optional[Callable] = None       # report(profile): the command for a first report
    missing: Callable = lambda: None        # what to install, or None


def library(name):
    """The path of a shared library of the distribution, or None."""
    found = [path for folder in ("/usr/lib/*-linux-gnu", "/usr/lib64", "/usr/lib")
             for path in sorted(glob.glob(f"{folder}/{name}"))]
    return found[0] if found else None


def _needs_library(name, package):
    return lambda: None if library(name) else f"{name} is not there: install {package}"


def _needs_program(name, package):
    return lambda: None if shutil.which(name) else f"{name} is not there: install {package}"


def _plain(_folder, command):
    return {}, command


def _count(folder, command):
    return {"LD_PRELOAD": os.path.abspath("build/bench/libcount.so"), "COUNT_OUTPUT": f"{folder}/counts"}, command


# Turns of a loop at each event: about what the tracer takes.
LINGER_TURNS = 36


def _linger(folder, command):
    return {"LD_PRELOAD": os.path.abspath("build/bench/liblinger.so"), "COUNT_LINGER": str(LINGER_TURNS),
            "COUNT_OUTPUT": f"{folder}/counts"}, command


def _dagmem(folder, command):
    return {}, [os.path.abspath("build/dagmem"), "-q", "run", "-f", "-o", f"{folder}/run.dagmem", "--", *command]


def _dagmem_tracer(folder, command):
    return {"LD_PRELOAD": os.path.abspath("build/libdagmem.so"),
            "DAGMEM_OPTIONS": f"out={folder}/run.dagmem,follow=0"}, command


def _dagmem_report(profile):
    return [os.path.abspath("build/dagmem"), "top", profile]


HEAPTRACK_LIBRARY = "heaptrack/libheaptrack_preload.so"


def _heaptrack(folder, command):
    return {}, ["heaptrack", "-o", f"{folder}/run", *command]


def _heaptrack_tracker(folder, command):
    return {"LD_PRELOAD": library(HEAPTRACK_LIBRARY), "DUMP_HEAPTRACK_OUTPUT": f"{folder}/run.raw"}, command


def _jemalloc(options):
    def start(folder, command):
        configuration = options.replace("FOLDER", folder)
        return {"LD_PRELOAD": library("libjemalloc.so.2"), "MALLOC_CONF": configuration}, command
    return start


def _needs_jemalloc_prof():
    path = library("libjemalloc.so.2")
    if not path:
        return "libjemalloc.so.2 is not there: install libjemalloc2"
    probe = subprocess.run(["/bin/true"], env={"LD_PRELOAD": path, "MALLOC_CONF": "abort_conf:true,prof:true"},
                           stderr=subprocess.DEVNULL, check=False)
    return None if probe.returncode == 0 else "this libjemalloc.so.2 was built without prof"


def _tcmalloc(variables):
    def start(folder, command):
        return {"LD_PRELOAD": library("libtcmalloc.so.4"),
                **{name: value.replace("FOLDER", folder) for name, value in variables.items()}}, command
    return start


def _valgrind(tool):
    def start(folder, command):
        return {}, ["valgrind", "-q", f"--tool={tool}", f"--{tool}-out-file={folder}/run.{tool}", *command]
    return start


JEMALLOC_PROF = "prof:true,prof_active:true,prof_final:true,prof_prefix:FOLDER/run"

CONTENDERS = [
    Contender("plain", "the program alone", _plain, ours=True),
    Contender("count", "an interposer that only counts: what any costs at least", _count, ours=True),
    Contender("linger", "an interposer that takes about as long as ours and shares nothing", _linger, ours=True),
    Contender("dagmem-tracer", "libdagmem.so preloaded, no other process", _dagmem_tracer, ours=True,
              profile="run.dagmem", report=_dagmem_report),
    Contender("dagmem", "dagmem run, all its processes", _dagmem, ours=True,
              profile="run.dagmem", report=_dagmem_report),
    Contender("heaptrack-tracker", "libheaptrack_preload.so alone, writing raw data to a file", _heaptrack_tracker,
              profile="run.raw", missing=_needs_library(HEAPTRACK_LIBRARY, "heaptrack")),
    Contender("heaptrack", "heaptrack's default run, all its processes", _heaptrack, profile="run.*",
              report=lambda profile: ["heaptrack_print", profile], missing=_needs_program("heaptrack", "heaptrack")),
    Contender("jemalloc", "jemalloc's allocator, no profile: the baseline of the next two",
              _jemalloc("prof:false"), missing=_needs_library("libjemalloc.so.2", "libjemalloc2")),
    Contender("jemalloc-sampled", "jemalloc's prof, a sample each 512 KiB: its default", _jemalloc(JEMALLOC_PROF),
              baseline="jemalloc", profile="run*.heap", missing=_needs_jemalloc_prof),
    Contender("jemalloc-every", "jemalloc's prof, every allocation", _jemalloc(JEMALLOC_PROF + ",lg_prof_sample:0"),
              baseline="jemalloc", slow=True, profile="run*.heap", missing=_needs_jemalloc_prof),
    Contender("tcmalloc", "gperftools' allocator, no profile: the baseline of the next", _tcmalloc({}), slow=True,
              missing=_needs_library("libtcmalloc.so.4", "libgoogle-perftools4")),
    Contender("tcmalloc-every", "gperftools' HEAPPROFILE", _tcmalloc({"HEAPPROFILE": "FOLDER/run"}),
              baseline="tcmalloc", slow=True, profile="run*.heap",
              missing=_needs_library("libtcmalloc.so.4", "libgoogle-perftools4")),
    Contender("massif", "valgrind --tool=massif", _valgrind("massif"), slow=True, profile="run.massif",
              missing=_needs_program("valgrind", "valgrind")),
    Contender("dhat", "valgrind --tool=dhat", _valgrind("dhat"), slow=True, profile="run.dhat",
              missing=_needs_program("valgrind", "valgrind")),
]

BY_NAME = {contender.name: contender for contender in CONTENDERS}
# What a workload meets unless it or the user says otherwise.
ALL = tuple(name for name in BY_NAME if name != "linger")
EXACT = ("plain", "count", "dagmem-tracer", "dagmem", "heaptrack-tracker", "heaptrack")
# Where threads wait for the allocator's locks, and longer with anything in front of it.
CONTENDED = (*EXACT, "linger")


def with_baselines(names):
    """`names` and the baselines they need, in the order of CONTENDERS."""
    wanted = set(names) | {"plain"} | {BY_NAME[name].baseline for name in names}
    return [contender for contender in CONTENDERS if contender.name in wanted]
