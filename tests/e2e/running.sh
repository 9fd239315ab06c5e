#!/bin/bash
# `dagmem top` of a running program, again and again: the program goes on, and
# totals only grow.
. "$(dirname "$0")/lib.sh"

LD_PRELOAD=$tracer DAGMEM_OPTIONS="out=$tmp/p.dagmem" "$programs/killlog.O2" run 1 log &
pid=$!
trap 'kill -KILL $pid 2>/dev/null; rm -rf "$tmp"' EXIT
while ! [ -s log ]; do sleep 0.01; done

before=0
for _ in $(seq 10); do
	status "top of a running program" 0 "$dagmem" top -n 3 p.dagmem >top.out
	grep -q 'Total allocated size' top.out || fail "no report: $(head -n 3 top.out)"
	equal "state" "$(info p.dagmem .state)" running
	now=$(info p.dagmem .totals.allocations)
	[ "$now" -gt "$before" ] || fail "allocations went from $before to $now"
	before=$now
done
kill -0 $pid || fail "the program ended"
kill -KILL $pid
wait $pid 2>/dev/null
finish
