#!/bin/bash
# Who holds what, by which words, and how much of it alone, of
# tests/programs/leak_holders.c: paths with slots, members of variables,
# thread-local variables of the program and of a library that was opened later,
# lost cycles, retained bytes by holder and by row, in text, JSON, CSV and SQL.
. "$(dirname "$0")/lib.sh"

# row SITE: the row of the site as JSON, with only what this test looks at.
row() {
	"$dagmem" leaks --json --paths --retained "$p" | jq -c --arg site "$1" '.rows[] | select([.stack[].function] | index($site)) |
		{verdict, word: .holder.word, kind: .held_by, thread: .holder.thread, target: .target_offset,
		 retained: .retained_bytes, bytes, path: [.path[]? | [.blocks, .offset, .node]]}'
}

for program in leak_holders leak_holders.O2; do
	p=$tmp/$program.dagmem
	status "$program" 0 "$dagmem" -q run --leak-check --heap-graph -o "$p" -- "$programs/$program"

	equal "$program: the value's way" "$(row make_value | jq -c '[.word, .path]')" \
		'["cache.table",[[1,8,null],[1,136,null],[4,0,null],[1,8,"parse"]]]'
	equal "$program: buckets" "$(row make_buckets | jq -c '[.word, .path]')" '["cache.table",[[1,8,null]]]'
	equal "$program: tables" "$(row make_table | jq -r .word | sort | paste -sd' ')" "cache.pair[1].table cache.table"
	equal "$program: an array's element" "$(row only_left | jq -c '[.word, .path]')" '["left[0]",[]]'
	equal "$program: a pointer inside" "$(row inside | jq -c '[.verdict, .word, .target]')" \
		'["possible","cache.pair[2].table",16]'
	equal "$program: in memory of mmap" "$(row in_mapping | jq -r .kind)" mapping

	equal "$program: main's variable" "$(row in_main_tls | jq -c '[.kind, .word]')" '["TLS","of_thread.slot[1]"]'
	equal "$program: the thread's" "$(row in_thread_tls | jq -c '[.kind, .word, .thread]')" \
		'["TLS","of_thread.slot[2]","keeper"]'
	equal "$program: the library's" "$(row in_library_tls | jq -c '[.kind, .word, .thread]')" \
		'["TLS","in_tls","keeper"]'

	# a[3] = b, b[5] = c, c[7] = a: each way round begins with the block itself.
	equal "$program: ring a" "$(row ring_a | jq -c '.path | map(.[1])')" '[24,40,56]'
	equal "$program: ring b" "$(row ring_b | jq -c '.path | map(.[1])')" '[40,56,24]'
	equal "$program: ring c" "$(row ring_c | jq -c '.path | map(.[1])')" '[56,24,40]'

	# Every row has what it retains: the first table leads to all but the entry of `pair`.
	equal "$program: retained by the tables" "$(row make_table | jq -r .retained | sort -n | paste -sd' ')" \
		"16 $((16 + 512 + 5 * 16 + 1000))"
	equal "$program: retained by the buckets" "$(row make_buckets | jq .retained)" $((512 + 5 * 16 + 1000))
	equal "$program: retained by the entries" "$(row make_entry | jq .retained | sort -n | paste -sd' ')" \
		"1016 $((5 * 16 + 1000))"

	# What two globals point to neither keeps alone.
	"$dagmem" leaks --by holder --retained --json "$p" >holders.json || fail "$program: no report by holder"
	holder() {      # name filter
		jq -c "[.rows[] | select((.name | startswith(\"$1\")) and .retained_bytes)] | .[0] | $2" holders.json
	}
	equal "$program: kept by cache" "$(holder 'global `cache`' '[.retained_bytes, .retained_blocks]')" \
		"[$((16 + 16 + 512 + 5 * 16 + 1000 + 8000)),10]"
	equal "$program: kept by left" "$(holder 'global `left`' '[.retained_bytes, .retained_blocks]')" '[2000,1]'
	equal "$program: kept by right" "$(jq -c '[.rows[] | select(.name | startswith("global `right`")) | .retained_bytes] | add // 0' holders.json)" 0
	equal "$program: left and right have the shared block" "$(jq '[.rows[] | select(.name | test("`(left|right)`")) | .bytes] | add' holders.json)" 5000
	equal "$program: kept by the library's variable" "$(holder 'TLS `in_tls`' '[.retained_bytes, .retained_blocks]')" '[7000,1]'
	equal "$program: kept by the mapping" "$(holder mapping '[.retained_bytes, .retained_blocks]')" '[4000,1]'
	equal "$program: sums" "$(jq '([.rows[] | .bytes] | add) == ([.total | del(.suppressed)[] | .bytes] | add)' holders.json)" true
done

p=$tmp/leak_holders.dagmem
"$dagmem" leaks --show all --paths -n 0 "$p" >text || fail "no report"
for line in "path from \`cache.table\`:" "make_buckets, at +136 (slot 17)$" "      -> 4 blocks of .*make_entry, at +0 (slot 0)$" \
	"make_entry, node parse, at +8 (slot 1)$" "      -> this +16$" "      -> this, at +24 (slot 3)$" \
	"held by TLS \`in_tls\` in lib/holder.c of keeper (thread [0-9]*)$"; do
	grep -q -- "$line" text || fail "the text has no '$line'"
done
"$dagmem" leaks --by holder --retained "$p" >text || fail "no report by holder"
grep -q '^#[0-9]*: global `cache` in .*retaining .* in 10 blocks$' text || fail "no global: $(cat text)"
grep -q '^#.*definitely lost' text && fail "what nobody holds is shown by holder"
equal "csv" "$("$dagmem" leaks --by holder --retained --csv "$p" | head -n 1 | tr -d '\r' | grep -c 'retained_bytes,retained_blocks')" 1
status "growth by holder" 2 "$dagmem" leaks --growth --by holder "$p" 2>/dev/null

# In SQL: the same sums, from the blocks themselves.
"$dagmem" leaks --heap-graph "$p" >/dev/null || fail "the graph was not imported"
sql() {
	"$dagmem" sql "$p" "$1" --csv | tail -n +2 | tr -d '\r'
}
equal "holders in SQL" "$(sql "SELECT retained_bytes, retained_blocks FROM holders WHERE variable = 'cache'")" "9624,10"
equal "blocks of a holder" "$(sql "SELECT sum(b.bytes), count(*) FROM heap_block b JOIN heap_holder h ON h.id = b.keeper
	WHERE h.variable = 'cache'")" "9624,10"
equal "rows and blocks" "$(sql "SELECT count(*) FROM leak l WHERE l.blocks <> (SELECT count(*) FROM heap_block b WHERE b.leak = l.id)")" 0
equal "an edge's offset" "$(sql "SELECT e.offset FROM heap_edge e JOIN heap_block s ON s.id = e.source JOIN heap_block t ON t.id = e.target
	WHERE s.bytes = 96 AND t.bytes = 104")" 24
equal "a path in SQL" "$(sql "SELECT group_concat(p.offset, ' ') FROM leak_path p JOIN leak l ON l.id = p.leak WHERE l.bytes = 1000")" "8 0 136 8"
finish
