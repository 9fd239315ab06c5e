#!/bin/bash
# Threads without counters of their own: none of their events is lost where
# there are too many of them, and none waits for what can't be had.
. "$(dirname "$0")/lib.sh"

for variant in '' .O2; do
	status "more threads than counters" 0 traced p.dagmem "$programs/crowd$variant" many
	[ "$(info p.dagmem .quality.shards_shared)" != 0 ] || fail "the threads were not too many"
	lines_are_true p.dagmem
	quality_is_good p.dagmem
	rm -f p.dagmem*

	status "no address space" 0 timeout 120 "$dagmem" -q run -o p.dagmem -- \
		"$programs/crowd$variant" starved
	recorded=$(jq -n --argjson rows "$(lines p.dagmem total)" \
		--argjson truth "$(true_lines allocated_bytes allocations)" \
		'[$truth | keys[] | $rows[.].count // 0] | add')
	equal "allocations, dropped ones included" \
		$((recorded + $(info p.dagmem .quality.events_dropped))) "$(truth .allocations)"
	rm -f p.dagmem*
done
finish
