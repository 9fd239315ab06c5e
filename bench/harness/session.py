"""Session: run workloads under their contenders, in interleaved rounds.

A round runs each contender once, next to its baseline in time, so that what the
machine does meanwhile falls on all of them; the order turns from round to round.
Workloads that are compared with each other take turns in the same rounds.
Rounds that others disturbed are run again, up to twice as many in all.
Returned is what was measured and nothing derived from it: figures.py does that.
"""
import glob
import json
import os
import shutil
import struct
import subprocess
from dataclasses import asdict

from harness.contenders import BY_NAME as CONTENDERS
from harness.load import DISTURBED, Watch
from harness.measure import Failed, measure

FOLDER = os.path.abspath("build/bench/profiles")
# Of a struct counts of bench/count.c, in 8-byte words: allocations, frees, padding.
COUNTS_WORDS = 8


def _empty_folder():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)


def _start(contender, workload, command):
    variables, started = contender.start(FOLDER, command)
    return measure(started, {**workload.variables, **variables}, workload.times)


def count_events(workload, command):
    """Allocations and frees of one run; it also warms the machine's caches."""
    _empty_folder()
    variables, started = CONTENDERS["count"].start(FOLDER, command)
    measure(started, {**workload.variables, **variables})
    with open(f"{FOLDER}/counts", "rb") as counts:
        data = counts.read()
    words = struct.unpack(f"={len(data) // 8}Q", data)
    return {"allocations": sum(words[0::COUNTS_WORDS]), "frees": sum(words[1::COUNTS_WORDS])}


def _profile_info(path):
    """What dagmem says of a profile, as far as goals need it."""
    done = subprocess.run(["build/dagmem", "info", "--json", path], capture_output=True, check=False)
    if done.returncode != 0:
        return None
    info = json.loads(done.stdout)
    return {"peak_bytes": info["totals"]["peak_bytes"], "allocations": info["totals"]["allocations"],
            **{name: info[name] for name in ("accounts", "shards", "call_tree_nodes", "tracer_memory_bytes")}}


def _inspect_profile(contender, entry, time_report):
    """Note the size of what a run left and, if told to, how long a first report of it takes."""
    paths = [path for path in glob.glob(f"{FOLDER}/{contender.profile}") if os.path.isfile(path)]
    if not paths:
        raise Failed("left no profile")
    entry["profile_bytes"] = sum(os.path.getsize(path) for path in paths)
    if contender.report and time_report:
        entry["report_s"].append(measure(contender.report(paths[0])).wall_s)
    if contender.name == "dagmem-tracer" and "profile" not in entry:
        entry["profile"] = _profile_info(paths[0])


def _run_once(contender, workload, command, entry, number, time_report):
    _empty_folder()
    try:
        entry["runs"].append({"round": number, **asdict(_start(contender, workload, command))})
        if contender.profile:
            _inspect_profile(contender, entry, time_report)
    except Failed as failure:
        entry["error"] = str(failure)


def _new_entry(contender):
    return {"baseline": contender.baseline, "runs": [], "profile_bytes": None, "report_s": [], "error": None}


class Case:
    """One workload at a size, and what has been measured of it."""

    def __init__(self, workload, size, contenders):
        self.workload, self.contenders = workload, contenders
        self.command = workload.command(size)
        self.group = {"workload": workload.name, "what": workload.what, "size": size, "unit": workload.unit,
                      "threads": workload.threads, "variables": workload.variables, "command": self.command,
                      "events": count_events(workload, self.command), "rounds": [],
                      "contenders": {contender.name: _new_entry(contender) for contender in contenders}}

    def _undisturbed(self, contender):
        """How often it ran in a round that nobody disturbed."""
        good = {entry["round"] for entry in self.group["rounds"] if not entry["disturbed"]}
        return sum(run["round"] in good for run in self.group["contenders"][contender.name]["runs"])

    def takes_part(self, contender, rounds, peer_rounds):
        """Until it has its rounds, or twice as many with disturbed ones; nobody does any more after a failure."""
        entry = self.group["contenders"][contender.name]
        wanted = rounds if contender.ours else peer_rounds
        return (not entry["error"] and len(entry["runs"]) < 2 * wanted
                and self._undisturbed(contender) < wanted)

    def run_round(self, number, rounds, peer_rounds):
        """Each contender that takes part, once."""
        turn = number % len(self.contenders)
        for contender in self.contenders[turn:] + self.contenders[:turn]:
            if self.takes_part(contender, rounds, peer_rounds):
                _run_once(contender, self.workload, self.command, self.group["contenders"][contender.name], number,
                          time_report=number < (peer_rounds if contender.ours else 1))

    def note_round(self, number, others):
        """What others took of the processors during a round of all cases."""
        self.group["rounds"].append({"round": number, "others_share": others,
                                     "disturbed": others is not None and others > DISTURBED})


def run_workloads(items, rounds, peer_rounds):
    """Measure (workload, size, contenders) in turn in the same rounds; return a group each, as plain data."""
    cases = [Case(*item) for item in items]
    factor = max(case.workload.rounds_factor for case in cases)
    rounds = max(case.workload.rounds for case in cases) or rounds * factor

    for number in range(2 * rounds):
        if not any(case.takes_part(contender, rounds, peer_rounds)
                   for case in cases for contender in case.contenders if contender.ours):
            break
        watch = Watch()
        for case in cases:
            case.run_round(number, rounds, peer_rounds)
        others = watch.others_share()
        for case in cases:
            case.note_round(number, others)
    shutil.rmtree(FOLDER, ignore_errors=True)
    return [case.group for case in cases]
