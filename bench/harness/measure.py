"""Measure: one run of a command, by build/bench/measure.

The small C program does the measuring (it says why); this module gives it an
environment that is the same in each run and makes sense of what it wrote.
"""
import json
import os
import subprocess
from dataclasses import dataclass

PROGRAM = "build/bench/measure"
RESULT = "build/bench/measured.json"
STDERR = "build/bench/stderr.txt"
# What PROGRAM gets to end what it has stopped: a helper may have left its group.
GRACE_S = 30


class Failed(Exception):
    """The command did not end as it should; the text says how."""


@dataclass
class Run:
    """What one run of a command used; times are per run where it was repeated."""
    wall_s: float           # from its start to the end of the program started
    cpu_s: float            # user and system, of all its processes
    max_rss_bytes: int      # of its largest process


def environment():
    """Ours, without what would reach into the measured programs."""
    kept = {name: value for name, value in os.environ.items()
            if name not in ("LD_PRELOAD", "DAGMEM_OPTIONS", "MALLOC_CONF", "HEAPPROFILE")
            and not name.startswith(("PYTHON", "PERL", "GIT_", "GLIBC_"))}
    return {**kept, "LC_ALL": "C", "DEBUGINFOD_URLS": "", "PERL_HASH_SEED": "0", "PYTHONHASHSEED": "0",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


def _last_words():
    with open(STDERR, encoding="utf-8", errors="replace") as text:
        lines = [line.strip() for line in text if line.strip()]
    return f": {lines[-1][:160]}" if lines else ""


def measure(command, variables=(), times=1, seconds=300, output=os.devnull):
    """Run `command` with {name: value} set for it alone; return a Run or raise Failed."""
    settings = [f"{name}={value}" for name, value in dict(variables).items()]
    with open(STDERR, "wb") as stderr, open(output, "wb") as stdout:
        try:
            subprocess.run([PROGRAM, "-n", str(times), "-t", str(seconds), RESULT, *settings, "--", *command],
                           env=environment(), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, check=True,
                           timeout=seconds + GRACE_S)
        except subprocess.TimeoutExpired as hanging:
            raise Failed(f"left a process that did not end in {seconds + GRACE_S} s") from hanging
    with open(RESULT, encoding="ascii") as text:
        result = json.load(text)
    if result["timed_out"]:
        raise Failed(f"stopped after {seconds} s")
    if result["status"] != 0:
        raise Failed(f"ended with status {result['status']}{_last_words()}")
    return Run(wall_s=result["program_s"] / times,
               cpu_s=(result["user_s"] + result["system_s"]) / times,
               max_rss_bytes=result["max_rss_bytes"])
