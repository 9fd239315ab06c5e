#!/bin/bash
# All real programs of the oracle, with larger jobs: valgrind counts the same.
. "$(dirname "$0")/../oracle/valgrind.sh" 10
