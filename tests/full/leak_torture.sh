#!/bin/bash
# A thousand leak checks in the middle of programs that would notice.
. "$(dirname "$0")/../e2e/leak_torture.sh" 1000
