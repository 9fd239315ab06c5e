"""Session: run one workload under its contenders, in interleaved rounds.

A round runs each contender once, next to its baseline in time, so that what the
machine does meanwhile falls on all of them; the order turns from round to round.
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


def _takes_part(contender, number, peer_rounds, entries):
    """Peers run in the first rounds only; nobody does any more after a failure."""
    return not entries[contender.name]["error"] and (contender.ours or number < peer_rounds)


def run_workload(workload, size, contenders, rounds, peer_rounds):
    """Measure `workload` at `size`; return what was measured as plain data."""
    command = workload.command(size)
    group = {"workload": workload.name, "what": workload.what, "size": size, "unit": workload.unit,
             "threads": workload.threads, "variables": workload.variables, "command": command,
             "events": count_events(workload, command)}
    entries = {contender.name: _new_entry(contender) for contender in contenders}

    for number in range(workload.rounds or rounds):
        turn = number % len(contenders)
        for contender in contenders[turn:] + contenders[:turn]:
            if _takes_part(contender, number, peer_rounds, entries):
                _run_once(contender, workload, command, entries[contender.name], number,
                          time_report=number < (peer_rounds if contender.ours else 1))
    shutil.rmtree(FOLDER, ignore_errors=True)
    return {**group, "contenders": entries}
