#!/bin/bash
# Every form of C++ new is one allocation, charged to the line that says new.
. "$(dirname "$0")/lib.sh"

for variant in '' .O2; do
	status "plain" 0 "$programs/cpp_new$variant"
	status "traced" 0 traced p.dagmem "$programs/cpp_new$variant"
	lines_are_true p.dagmem
	quality_is_good p.dagmem
	rm -f p.dagmem*
done
finish
