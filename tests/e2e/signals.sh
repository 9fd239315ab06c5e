#!/bin/bash
# Signal handlers that allocate, also on an alternate stack, are counted
# exactly; one that jumps out of an allocation costs at most that one event.
. "$(dirname "$0")/lib.sh"

for variant in '' .O2; do
	for mode in handler altstack; do
		status "$mode" 0 traced $mode.dagmem "$programs/signals$variant" $mode
		totals_are_true $mode.dagmem
		lines_are_true $mode.dagmem
		rm -f $mode.dagmem*
	done

	status "jump" 0 traced jump.dagmem "$programs/signals$variant" jump
	off=$(($(info jump.dagmem .totals.allocations) - $(truth .allocations)))
	[ ${off#-} -le 300 ] || fail "300 jumps, but $off allocations too many"
	kept=$(lines jump.dagmem live | jq '[.[].count] | max')
	[ "$kept" -ge 300 ] || fail "of 300 blocks after the jumps $kept are live"
	rm -f jump.dagmem*
done
finish
