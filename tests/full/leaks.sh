#!/bin/bash
# Verdicts beside LeakSanitizer's and memcheck's: cases that know their answer, and
# generated programs with one planted leak each.
. "$(dirname "$0")/../e2e/lib.sh"
require valgrind clang gcc python3
cd "$top" || exit 1
export DAGMEM=$dagmem
python3 tests/oracle/leak_cases.py || fail "a case was judged wrong"
python3 tests/oracle/leak_variants.py --every 5 -v || fail "a leak was missed, or a good program accused"
finish
