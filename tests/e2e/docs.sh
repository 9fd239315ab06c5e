#!/bin/bash
# The console blocks of the documentation print what the pages say.
. "$(dirname "$0")/lib.sh"
require python3 gcc

pages=("$top"/*.md "$top"/docs/*.md)
check "console blocks" "$top/tools/docs" "${pages[@]}"
finish
