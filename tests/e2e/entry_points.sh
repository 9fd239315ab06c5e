#!/bin/bash
# Every entry point of the allocator counts once, with its own semantics.
. "$(dirname "$0")/lib.sh"

for variant in '' .O2; do
	for mode in '' optional; do
		status "plain" 0 "$programs/entry_points$variant" $mode
		status "traced" 0 traced p.dagmem "$programs/entry_points$variant" $mode
		[ -n "$mode" ] || totals_are_true p.dagmem
		[ -n "$mode" ] || equal peak "$(info p.dagmem .totals.peak_bytes)" "$(truth .peak_bytes)"
		lines_are_true p.dagmem
		quality_is_good p.dagmem
		rm -f p.dagmem*
	done
done
finish
