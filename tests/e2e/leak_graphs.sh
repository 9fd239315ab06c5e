#!/bin/bash
# What leak checks say of random graphs of blocks is what their definition says.
. "$(dirname "$0")/lib.sh"

graphs=150
for seed in 1 2 3 $((RANDOM)); do
	rm -f p.dagmem
	preloaded "out=$tmp/p.dagmem" "$programs/leak_graphs" $seed $graphs | sort >wanted
	"$top/tools/leak-rows" p.dagmem | jq -r '.label as $graph | [.rows[] | select(.site == "make_block")] |
		group_by(.verdict)[] | "\($graph) \(.[0].verdict) \(map(.blocks) | add) \(map(.bytes) | add)"' |
		sort >found
	[ "$(cut -d' ' -f1,2 wanted | sort -u | wc -l)" -eq $graphs ] || fail "seed $seed: not $graphs graphs"
	cmp -s wanted found || fail "seed $seed: $(diff wanted found | head -n 6)"
done
finish
