#!/bin/bash
# The torture program at all levels of optimisation.
TORTURE=all . "$(dirname "$0")/../e2e/torture.sh"
