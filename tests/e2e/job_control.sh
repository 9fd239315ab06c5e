#!/bin/bash
# Keys of the terminal do to a program under `dagmem run` what they do without:
# job_control.py plays the shell.
. "$(dirname "$0")/lib.sh"
require python3

check "job control" timeout 120 python3 "$top/tests/e2e/job_control.py" "$dagmem" "$tmp/p.dagmem"
finish
