#!/bin/bash
# Libraries that are unloaded and replaced at the same address keep their own
# lines; RUNPATH works as without the tracer.
. "$(dirname "$0")/lib.sh"

for variant in '' .O2; do
	status "plain" 0 "$programs/dlopen_loop$variant"
	status "traced" 0 traced p.dagmem "$programs/dlopen_loop$variant"
	lines_are_true p.dagmem
	quality_is_good p.dagmem
	rm -f p.dagmem*
done
finish
