#!/bin/bash
# What pruning would save, foretold for 200 random DAGs and compared with runs that prune.
RANDOM_DAGS=200 exec "$(dirname "$0")/../e2e/dag_show.sh"
