#!/bin/bash
# The console blocks of the documentation print what the pages say, and links
# between pages lead somewhere.
. "$(dirname "$0")/lib.sh"
require python3 gcc

pages=("$top"/*.md "$top"/docs/*.md "$top"/docs/tutorials/*.md)
check "console blocks" "$top/tools/docs" "${pages[@]}"

for page in "${pages[@]}"; do
	for link in $(grep -o '](\([^)#:]*\)[)#]' "$page" | sed 's/^](//; s/.$//'); do
		[ -e "$(dirname "$page")/$link" ] || fail "${page##*/}: $link is not there"
	done
done
finish
