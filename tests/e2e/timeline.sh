#!/bin/bash
# Samples over time are those of the run: in order and none above the peak,
# whose moment is known and is that of the largest.
. "$(dirname "$0")/lib.sh"

"$dagmem" -q run -o p.dagmem -- "$programs/demo" >/dev/null
"$dagmem" timeline --json p.dagmem >timeline
is_true() {     # what jq-condition
	[ "$(jq "$2" timeline)" = true ] || fail "$1: $(jq -c '[.heap, .peak, .duration_ns]' timeline)"
}
is_true "several samples" '(.heap | length) > 4'
is_true "samples in order" '[.heap[][0]] | . == sort'
is_true "the largest sample is the peak" '([.heap[][1]] | max) == .peak.bytes'
is_true "the peak's moment is in the run" '.peak.time_ns > 0 and .peak.time_ns <= .duration_ns'
is_true "the peak's moment is the largest sample's" \
	'(.heap | max_by(.[1])[0]) as $largest | (.peak.time_ns - $largest | fabs) < 20000000'
finish
