#!/bin/bash
# A thousand leak checks in the middle of each of two programs that would notice.
LEAK_CHECKS=1000 . "$(dirname "$0")/../e2e/leak_torture.sh"
