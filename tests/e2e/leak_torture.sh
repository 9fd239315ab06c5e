#!/bin/bash
# Leak checks in the middle of a program that would notice: it does not, and
# every check finds what was lost, and nothing else.
. "$(dirname "$0")/lib.sh"

checks=300
status "untraced" 0 "$programs/leak_torture" 20 >/dev/null
said=$(preloaded "out=$tmp/p.dagmem,leaks=exit" "$programs/leak_torture" $checks 2>&1)
equal "noticed" "$said" "$checks checks, 0 noticed"
equal "lost at each check, of that indirectly, possibly" \
	"$("$top/tools/leak-rows" p.dagmem | jq -c '[.status, .verdicts.definite[0],
		.verdicts.indirect[0], .verdicts.possible[0]]' | sort -u)" '["done",7,0,0]'
equal "checks" "$("$top/tools/leak-rows" p.dagmem | wc -l)" $((checks + 1))
finish
