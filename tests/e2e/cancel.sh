#!/bin/bash
# Threads cancelled inside malloc and free neither hang the program nor cost
# more than the event that was under way.
. "$(dirname "$0")/lib.sh"

for variant in '' .O2; do
	status "cancel" 0 traced p.dagmem "$programs/cancel$variant"
	equal "events dropped" "$(info p.dagmem .quality.events_dropped)" 0
	got=$(lines p.dagmem total | jq '[to_entries[] | select(.key | startswith("cancel.c")) | .value.count] | max')
	wanted=$(truth '[.lines[].allocations] | max')
	off=$((got - wanted))
	[ ${off#-} -le 200 ] || fail "200 cancellations, but $off allocations too many"
	live=$(lines p.dagmem live | jq '[to_entries[] | select(.key | startswith("cancel.c")) | .value.count] | max')
	[ "$live" -ge 200 ] && [ "$live" -le 400 ] || fail "200 blocks kept, $live live"
	rm -f p.dagmem*
done
finish
