#!/bin/bash
# The experiments, in small where they can be.
. "$(dirname "$0")/lib.sh"
require jq python3

"$top/bench/experiment-chain" 20x64KiB >chain.txt 2>&1 || fail "experiment-chain: $(cat chain.txt)"
check "a row" grep -q '^20x64KiB  *[0-9]*, [0-9.]* s  *[0-9]*, ' chain.txt
check "a diff" grep -q 'payload.c:[0-9]*: size=128.0 KiB (-1.1 MiB), count=2 (-18)' chain.txt
check "both over time" grep -q 'keep-all (filled) and refcount-path (line)' chain.txt

"$top/bench/experiment-events" >events.txt 2>&1 || fail "experiment-events: $(cat events.txt)"
report() {      # engine
	sed -n "/^== $1\$/,/^Total/p" events.txt
}
check "registrations are told" grep -q 'after_enter(machine, PROCESSING, process_token);' <(report callbacks)
grep -q after_enter <(report queues) && fail "registrations are not gone"
equal "lines of registrations in the difference" \
	"$(grep -c 'engine_callbacks.c:[0-9]*: size=0 B (-1.3 MiB), count=0 (-30005)' events.txt)" 8
# 8 registrations: closure and key each, and an inner table with its key.
equal "closures of a token" "$(sed -n 's/^closures.*event) *1918 in 24 *//p' events.txt)" "256 in 8"
equal "keys of a token" "$(sed -n 's/^a unique key.* in 24 *//p' events.txt)" "296 in 8"
equal "constructor's tables" "$(sed -n 's/^listener tables.* in 70 *//p' events.txt)" "2736 in 36"
check "the total falls by what the callbacks held" awk '
	/^callbacks, KiB/ { before = $4 } /^queues, KiB/ { after = $4 }
	END { exit !(before - after > 26000 && before - after < 28000) }' events.txt

"$top/bench/experiment-threads" --rounds 2 --pairs 20000 larson xmalloc >threads.txt 2>&1 ||
	fail "experiment-threads: $(cat threads.txt)"
equal "programs" "$(grep -c '^\(larson\|xmalloc\): -*[0-9]* ns a pair are [0-9]* turns, [0-9]* beside marks' threads.txt)" 2
equal "rows of each" "$(grep -c '^\(all rounds\|plain quick\|plain slow\)  *[0-9]*  *[0-9]* ' threads.txt)" 6
finish
