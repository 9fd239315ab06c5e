#!/bin/bash
# What threads and programs allocate and free while they end is counted.
. "$(dirname "$0")/lib.sh"

for variant in '' .O2; do
	status "late" 0 traced p.dagmem "$programs/late$variant"
	lines_are_true p.dagmem
	quality_is_good p.dagmem
	rm -f p.dagmem*
done
finish
