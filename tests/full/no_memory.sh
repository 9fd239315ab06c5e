#!/bin/bash
# Each allocation of each verb fails in turn: tests/e2e/no_memory.sh has what is asked.
NO_MEMORY_STEP=1 exec bash "$(dirname "$0")/../e2e/no_memory.sh"
