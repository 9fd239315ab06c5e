#!/bin/bash
# Anonymous mappings are accounted apart from the heap, through partial
# unmapping, overwriting, growth and moves.
. "$(dirname "$0")/lib.sh"

bytes='map_values({bytes})'
for variant in '' .O2; do
	status "mappings" 0 traced p.dagmem "$programs/mappings$variant"
	equal "heap allocations" "$(info p.dagmem .totals.allocations)" 0
	equal "mapped bytes" "$(info p.dagmem .totals.mapped_bytes)" "$(truth .live_bytes)"
	got=$(lines p.dagmem mapped | jq -c "$bytes")
	wanted=$(true_lines live_bytes live_count | jq -c "$bytes")
	equal "mapped bytes by line" "$(jq -cS . <<<"$got")" "$(jq -cS . <<<"$wanted")"
	rm -f p.dagmem*
done

# Where stacks come once, accounts have records, which hold no part of a piece.
status "mappings of stacks that come once" 0 traced p.dagmem "$programs/mappings_once"
equal "half of each is left" "$(lines p.dagmem mapped | jq '[.[].bytes] | add')" $((8 << 19))
finish
