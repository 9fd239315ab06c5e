#!/bin/bash
# Threads, frees across them, thread churn, realloc storms: totals, live bytes
# per line and the peak are those that the program counted itself.
. "$(dirname "$0")/lib.sh"

# What lines other than the program's held at the peak: thread control blocks.
others_at_peak() {
	"$dagmem" top --json -n 1000000 --by line --metric peak "$1" |
		jq '[.rows[] | select((.file // "") | endswith("/stress.c") | not) | .bytes] | add // 0'
}

peak_is_true() {        # profile
	local got bound wanted
	got=$(info "$1" .totals.peak_bytes)
	bound=$(info "$1" .totals.peak_bound_bytes)
	wanted=$(($(truth .peak_bytes) + $2))
	[ $((got > wanted ? got - wanted : wanted - got)) -le "$bound" ] ||
		fail "peak is $got within $bound, truth is $wanted"
}

# How many pages hold records of accounts that were used once: kind 17 in the directories.
pages_of_records() {
	python3 -c 'import sys
data = open(sys.argv[1], "rb").read()
print(sum(data[at] == 17 for extent in range(0, len(data), 1 << 20) for at in range(extent + 16, extent + 4096, 16)))' "$1"
}

for threads in 1 2 8; do
	for mode in '' churn exact 'exact churn' paths 'exact churn paths'; do
		status "stress" 0 traced p.dagmem "$programs/stress.O2" $threads 200000 $threads$RANDOM $mode
		lines_are_true p.dagmem
		quality_is_good p.dagmem
		[ $threads = 1 ] && totals_are_true p.dagmem
		case $mode in
		exact*) peak_is_true p.dagmem "$(others_at_peak p.dagmem)" ;;
		esac
		rm -f p.dagmem*
	done
done

# Where stacks come once they have records, and those are what these profiles are about.
status "stress" 0 traced p.dagmem "$programs/stress.O2" 1 100000 5 paths
[ "$(pages_of_records p.dagmem)" -gt 50 ] || fail "no records for stacks that come once"
equal "peak of stacks that come once" "$(info p.dagmem .totals.peak_bytes)" "$(truth .peak_bytes)"
equal "sum at the peak of stacks that come once" \
	"$(lines p.dagmem peak | jq '[.[].bytes] | add')" "$(truth .peak_bytes)"
rm -f p.dagmem*

# One thread: the composition of the peak is exact too.
status "stress" 0 traced p.dagmem "$programs/stress.O2" 1 100000 5
equal "peak with one thread" "$(info p.dagmem .totals.peak_bytes)" "$(truth .peak_bytes)"
equal "sum at the peak" "$(lines p.dagmem peak | jq '[.[].bytes] | add')" "$(truth .peak_bytes)"
finish
