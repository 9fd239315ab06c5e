#!/usr/bin/env python3
"""Verdicts of dagmem, LeakSanitizer and memcheck on tests/programs/leak_cases.c and leak_objects.cpp, as a table.

usage: leak_cases.py [BUILD...]     (from the top folder; BUILD: gcc-O0 gcc-O2 clang-O0 clang-O2)

Each case runs alone, since LeakSanitizer and memcheck judge only at the end.  The
last line of each build counts how often each was right by the name of the site.
"""
import glob
import re
import shutil
import subprocess
import sys
import tempfile

from leak_judges import dagmem, leak_sanitizer, memcheck

CASES = ("dead_frame freed_block two_cycle self list overwritten strdup unloaded path tls dynamic_tls inside "
         "one_past stdstring counted mapping shared tagged ended_thread growing").split()
# Version 4, since memcheck of valgrind 3.19 finds no names in what clang writes as 5.
FLAGS = ["-D_GNU_SOURCE", "-Iinclude", "-Itests/programs", "-gdwarf-4", "-fno-builtin", "-pthread", "-w"]
PLANTED = re.compile(r"(definite|indirect|possible|reachable)(_\w+?)?__\w+$")


def is_site(name):
    return bool(PLANTED.match(name))


def build(folder, compiler, level, sources):
    """The program, and the same with LeakSanitizer."""
    name = sources[0].split("/")[-1].split(".")[0]
    if sources[0].endswith(".cpp"):
        compiler = {"gcc": "g++", "clang": "clang++"}[compiler]
    plain, sanitized = f"{folder}/{name}", f"{folder}/{name}.lsan"
    words = [compiler, level, *FLAGS, *sources, "-ldl", f"-Wl,-rpath,{folder}"]
    subprocess.run([*words, "-o", plain], check=True)
    subprocess.run([*words, "-fsanitize=leak", "-o", sanitized], check=True)
    return plain, sanitized


def words(verdicts):
    return ", ".join(sorted(verdicts)) if verdicts else "-"


def is_right(site, verdicts):
    """By the first word of its name; who only tells what is lost is right to be silent."""
    wanted = PLANTED.match(site).group(1)
    kinds = {verdict.split()[0] for verdict in verdicts}
    if wanted in ("definite", "indirect"):
        return bool(kinds) and kinds <= {"definite", "indirect"}
    return not kinds & {"definite", "indirect"}


def compare(compiler, level):
    judges = ("dagmem", "LeakSanitizer", "memcheck")
    right, count = dict.fromkeys(judges, 0), 0
    print(f"\n## {compiler} {level}\n\n| block | dagmem | LeakSanitizer | memcheck |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy("build/programs/libholder.so", folder)
        cases = build(folder, compiler, level, ["tests/programs/leak_cases.c", *glob.glob("tests/programs/leak_cases/*.c")])
        objects = build(folder, compiler, level, ["tests/programs/leak_objects.cpp"])
        runs = [(cases, [case, "exit"]) for case in CASES] + [(objects, [])]
        for (plain, sanitized), words_of_run in runs:
            said = dict(zip(judges, (dagmem(plain, words_of_run, is_site),
                                     leak_sanitizer(sanitized, words_of_run, is_site),
                                     memcheck(plain, words_of_run, is_site))))
            for site in sorted(set().union(*said.values())):
                if site.endswith("__local") and words_of_run[0] != CASES[0]:
                    continue        # planted by the end, in each case anew
                count += 1
                for judge in judges:
                    right[judge] += is_right(site, said[judge].get(site, {}))
                print(f"| `{site}` | " + " | ".join(words(said[judge].get(site)) for judge in judges) + " |")
    print(f"\nRight of {count}: " + ", ".join(f"{judge} {right[judge]}" for judge in judges))
    return right["dagmem"] == count


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["gcc-O0", "gcc-O2", "clang-O0", "clang-O2"]
    good = [compare(*name.split("-", 1)[0:1], "-" + name.split("-", 1)[1]) for name in wanted]
    sys.exit(0 if all(good) else 1)
