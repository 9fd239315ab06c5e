#!/bin/bash
# All real programs of the oracle: valgrind counts the same.
. "$(dirname "$0")/../oracle/valgrind.sh" 10
