#!/bin/bash
# Killed at a random moment, 100 times, half of them while no stack comes back: the profile reads, and its totals are
# the program's own up to its last call; each of them may be one call further,
# which was under way: an event is several stores, and SIGKILL may come between.
. "$(dirname "$0")/lib.sh"

totals='{allocations, allocated_bytes, frees, freed_bytes}'

for round in $(seq 100); do
	rm -f p.dagmem* log
	seed=$RANDOM
	[ $((round % 2)) = 0 ] && how=paths || how=run
	LD_PRELOAD=$tracer DAGMEM_OPTIONS="out=$tmp/p.dagmem" "$programs/killlog.O2" $how $seed log &
	pid=$!
	while ! [ -s log ]; do sleep 0.01; done
	sleep "0.0$((RANDOM % 90 + 10))"
	kill -KILL $pid
	wait $pid 2>/dev/null
	done=$(od -An -t u8 -N 8 log | tr -d ' ')
	got=$("$dagmem" info --json p.dagmem | jq -c ".totals | $totals")
	last=$("$programs/killlog" expect $seed "$done" | jq -c "$totals")
	next=$("$programs/killlog" expect $seed $((done + 1)) | jq -c "$totals")
	jq -en --argjson got "$got" --argjson last "$last" --argjson next "$next" \
		'all($got | keys[]; $got[.] == $last[.] or $got[.] == $next[.])' >/dev/null ||
		fail "round $round, after $done events: $got is neither $last nor $next"
done
finish
