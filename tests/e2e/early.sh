#!/bin/bash
# What is allocated before main, even while the program is being relocated, is
# counted and attributed.
. "$(dirname "$0")/lib.sh"

for variant in '' .O2; do
	status "plain" 0 "$programs/early$variant"
	status "early" 0 traced p.dagmem "$programs/early$variant"
	totals_are_true p.dagmem
	lines_are_true p.dagmem
	quality_is_good p.dagmem
	rm -f p.dagmem*
done
finish
