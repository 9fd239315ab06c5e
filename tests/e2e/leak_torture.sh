#!/bin/bash
# Leak checks in the middle of a program that would notice: it does not, and
# every check finds what was lost, and nothing else.
. "$(dirname "$0")/../e2e/lib.sh"

checks=${LEAK_CHECKS:-300}
rounds=${LEAK_CHECKS:-150}
status "untraced" 0 "$programs/leak_torture" 20 >/dev/null
said=$(preloaded "out=$tmp/p.dagmem,leaks=exit" "$programs/leak_torture" $checks 2>&1)
equal "noticed" "$said" "$checks checks, 0 noticed"
equal "lost at each check, of that indirectly, possibly" \
	"$("$top/tools/leak-rows" p.dagmem | jq -c '[.status, .verdicts.definite[0],
		.verdicts.indirect[0], .verdicts.possible[0]]' | sort -u)" '["done",7,0,0]'
equal "checks" "$("$top/tools/leak-rows" p.dagmem | wc -l)" $((checks + 1))

# The same of a program that lives by events: what it says is what it says untraced.
rm -f p.dagmem*
status "untraced events" 0 "$programs/leak_events" $rounds >wanted 2>&1
status "events" 0 preloaded "out=$tmp/p.dagmem,leaks=exit" "$programs/leak_events" $rounds >said 2>&1
equal "what went through" "$(cat said)" "$(cat wanted)"
"$top/tools/leak-rows" p.dagmem >checks.json
equal "lost at each check" "$(jq -c 'select(.label == "events") | [.status, .verdicts.definite[0],
	.verdicts.indirect[0], .verdicts.possible[0], .threads.seen]' checks.json | sort -u)" '["done",5,0,0,0]'
# A timer's thread waits for the signal itself: its registers are not known, and soon given up.
equal "with a thread that cannot be stopped" "$(jq -c 'select(.label == "timer") | [.status, .verdicts.definite[0],
	.verdicts.possible[0] >= 5, .threads.seen + .threads.unknown]' checks.json | sort -u)" '["done",0,true,1]'
equal "checks" "$(wc -l <checks.json)" $((rounds + 1))
finish
