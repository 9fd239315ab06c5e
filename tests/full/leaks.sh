#!/bin/bash
# Verdicts beside LeakSanitizer's and memcheck's, and against run-time truth: cases
# that know their answer; generated programs with one planted leak each, all of
# them for dagmem and every fifth for the peers; the distribution's everyday
# programs.  Half an hour.  The tables are those of docs/LEAKS.md.
. "$(dirname "$0")/../e2e/lib.sh"
require valgrind clang gcc python3 git
cd "$top" || exit 1
export DAGMEM=$dagmem
python3 tests/oracle/leak_cases.py || fail "a case was judged wrong"
python3 tests/oracle/leak_variants.py --every 5 -v || fail "a leak was missed, or a good program accused"
python3 tests/oracle/leak_variants.py --no-peers -v || fail "a leak was missed, or a good program accused"
python3 tests/oracle/leak_programs.py || fail "an everyday program is judged otherwise than by memcheck, or noticed it"
finish
