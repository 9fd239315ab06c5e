#!/bin/bash
# The in-program API: nothing without the tracer; with it totals, pauses,
# snapshots and the peak are exact.
. "$(dirname "$0")/lib.sh"

for variant in '' .O2; do
	status "plain" 0 "$programs/annotations$variant"
	status "traced" 0 traced p.dagmem "$programs/annotations$variant"
	totals_are_true p.dagmem
	lines_are_true p.dagmem
	equal "live bytes at snapshot one" "$(lines p.dagmem live --at one | jq -c 'map(.bytes) | add')" 100000
	equal "live bytes at snapshot two" "$(lines p.dagmem live --at two | jq -c 'map(.bytes) | add')" 40000
	difference=$("$dagmem" diff --json p.dagmem@one p.dagmem@two | jq -c '[.rows[] | [.bytes_diff, .count_diff]]')
	equal "difference between snapshots" "$difference" '[[-60000,-60]]'
	rm -f p.dagmem*
done
finish
