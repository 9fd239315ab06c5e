"""What dagmem, LeakSanitizer and memcheck say of one program's planted blocks.

Each judge returns {site: {verdict: blocks}} for the functions named in `sites`:
a block belongs to the innermost of them in its stack.  LeakSanitizer only tells
what is lost: direct is its word for definite.
"""
import json
import os
import re
import subprocess
import tempfile

TIMEOUT = 600


def environment(**more):
    env = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "DAGMEM_OPTIONS")}
    return {**env, "DEBUGINFOD_URLS": "", **more}


def add(result, sites, functions, verdict, blocks):
    """`functions`: innermost first."""
    for function in functions:
        name = re.sub(r"\.(constprop|part|isra|cold)\.?\d*$", "", function or "")
        if sites(name):
            verdicts = result.setdefault(name, {})
            verdicts[verdict] = verdicts.get(verdict, 0) + blocks
            return


def dagmem(program, arguments, sites, check="exit"):
    build = os.environ.get("DAGMEM", "build/dagmem")
    with tempfile.TemporaryDirectory() as folder:
        profile = f"{folder}/p.dagmem"
        subprocess.run([build, "-q", "run", "--leak-check", "-o", profile, "--", program, *arguments],
                       env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT)
        out = subprocess.run([build, "leaks", "--json", "--show-suppressed", "--at", check, profile],
                             env=environment(), capture_output=True, timeout=TIMEOUT)
    result = {}
    for row in json.loads(out.stdout)["rows"] if out.returncode == 0 else []:
        functions = [frame["function"] for frame in reversed(row["stack"])]
        verdict = row["verdict"]
        if verdict == "reachable":
            verdict += f" ({row['held_by']})"
        add(result, sites, functions, verdict, row["blocks"])
    return result


def leak_sanitizer(program, arguments, sites):
    """`program` was linked with -fsanitize=leak."""
    run = subprocess.run([program, *arguments], capture_output=True, timeout=TIMEOUT, env=environment(
        LSAN_OPTIONS="exitcode=0:fast_unwind_on_malloc=0:malloc_context_size=60:report_objects=0"))
    result = {}
    text = run.stderr.decode(errors="replace")
    pattern = re.compile(r"^(Direct|Indirect) leak of \d+ byte\(s\) in (\d+) object\(s\) allocated from:\n"
                         r"((?:    #.*\n)+)", re.M)
    for kind, blocks, frames in pattern.findall(text):
        functions = re.findall(r"#\d+ 0x[0-9a-f]+ in (\S+)", frames)
        add(result, sites, functions, {"Direct": "definite", "Indirect": "indirect"}[kind], int(blocks))
    return result


def memcheck(program, arguments, sites):
    with tempfile.TemporaryDirectory() as folder:
        log = f"{folder}/log"
        subprocess.run(["valgrind", "--tool=memcheck", "--leak-check=full", "--show-leak-kinds=all",
                        "--num-callers=60", "--undef-value-errors=no", f"--log-file={log}", program, *arguments],
                       env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT)
        with open(log, errors="replace") as file:
            text = file.read()
    result = {}
    words = {"definitely lost": "definite", "indirectly lost": "indirect", "possibly lost": "possible",
             "still reachable": "reachable"}
    text = re.sub(r"^==\d+== ?", "", text, flags=re.M)
    pattern = re.compile(r"^[\d,]+ (?:\([^)]*\) )?bytes in ([\d,]+) blocks? are (\w+ \w+) in loss record.*\n"
                         r"((?:   (?:at|by) .*\n)+)", re.M)
    for blocks, kind, frames in pattern.findall(text):
        functions = re.findall(r"(?:at|by) 0x[0-9A-F]+: (\S+)", frames)
        add(result, sites, functions, words[kind], int(blocks.replace(",", "")))
    return result
