#!/bin/bash
# Two real programs with small jobs: valgrind counts the same.  make test-full
# has seven, with larger ones.
. "$(dirname "$0")/../oracle/valgrind.sh" 1 sqlite3 jq
