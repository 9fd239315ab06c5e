#!/bin/bash
# `dagmem dag`: its figures, its JSON, and what it refuses, through the command
# line alone.
. "$(dirname "$0")/lib.sh"
require jq
flows=$top/tests/data/wfinstances

runs() {        # jq-filter arguments...
	local filter=$1
	shift
	"$dagmem" dag "$@" --json | jq -r "$filter"
}

# --- simulate ----------------------------------------------------------------

simulated=$("$dagmem" dag simulate "$flows/montage-chameleon-dss-15d-001.json" --order dfs \
	--policy keep-all,scan --json)
equal "schema" "$(jq -r .schema <<<"$simulated")" dagmem.dag/1
equal "graph" "$(jq -c .graph <<<"$simulated")" '{"nodes":2122,"edges":6114}'
equal "lower bound" "$(jq .lower_bound_bytes <<<"$simulated")" 4152429198
equal "keep-all" "$(jq '.runs[0].peak_bytes' <<<"$simulated")" 23493044910
equal "scan" "$(jq '.runs[1].peak_bytes' <<<"$simulated")" 16100298331
equal "scan's leftovers" "$(jq '.runs[1].held_at_end_bytes' <<<"$simulated")" 12486234405
equal "the four usual policies" \
	"$(runs '[.runs[] | "\(.policy) \(.peak_bytes)"] | join(", ")' simulate chain:50:1MiB)" \
	"keep-all 52428800, scan 2097152, refcount-path 2097152, donate 1048576"
equal "scale" "$(runs '.runs[0].peak_bytes' simulate chain:10:1000 --scale 0.5 --policy keep-all)" 5000
equal "keep" "$(runs '.runs[0].held_at_end_bytes' simulate chain:10:7 --keep n3 --keep n5 --policy refcount)" 14
equal "no transients unless asked for" \
	"$(runs '.runs[0].peak_bytes' simulate "$flows/bacass-dirt02-001.json" --policy keep-all)" 298446778
check "transients when asked for" test \
	"$(runs '.runs[0].peak_bytes' simulate "$flows/bacass-dirt02-001.json" --policy keep-all --transients)" \
	-gt 298446778

# --- run: traced unless told not to ---------------------------------------------

ran=$("$dagmem" -q dag run chain:20:1MiB --policy keep-all -o all.dagmem --json)
equal "run" "$(jq -c '.runs[0] | [.status, .peak_bytes, .held_at_end_bytes, .nodes_executed]' <<<"$ran")" \
	'["done",20971520,20971520,20]'
check "a profile" test -s all.dagmem
check "the tracer saw the results" test "$(jq '.runs[0].heap_peak_bytes' <<<"$ran")" -ge 20971520
equal "the profile agrees" "$(info all.dagmem .totals.peak_bytes)" "$(jq '.runs[0].heap_peak_bytes' <<<"$ran")"
check "a snapshot of what was left" \
	test "$("$dagmem" top --json --at dag-end all.dagmem | jq .total.bytes)" -ge 20971520
equal "untraced" "$(runs '.runs[0].heap_peak_bytes' run chain:20:1KiB --no-trace)" null
for payload in transform file none; do
	equal "$payload" "$(runs '.runs[0].status' run layered:1:8x8:4KiB -j 2 --payload $payload --no-trace)" done
done
equal "a map" "$(runs '.runs[0].peak_bytes' run map:50:10:1KiB --no-trace)" $((51 * 1024))
equal "at end, nothing leaks" "$("$dagmem" -q dag run fan:50:1KiB -o fan.dagmem >fan.txt;
	"$dagmem" top --json --include 'runner/*' fan.dagmem | jq '[.rows[].bytes] | add // 0')" 0

# A million nodes, 2.4 million edges: in less than 150 MB, in any order.
for order in file bfs dfs greedy; do
	large=$("$dagmem" dag run layered:1:1000x1000:16 --order $order --payload none --no-trace --json)
	check "a million nodes, $order" jq -e '.graph.edges > 2390000 and (.runs[0] |
		.nodes_executed > 990000 and .status == "done" and .rss_peak_bytes < 150000000)' <<<"$large" >check.txt
done
equal "a long chain" "$(runs '.runs[0].nodes_executed' run chain:1000000:16 --order dfs --no-trace)" 1000000

# --- compare: a process per policy ------------------------------------------------

compared=$("$dagmem" dag compare chain:30:256KiB --json -o profiles)
equal "status" "$(jq -c '[.runs[].status]' <<<"$compared")" '["done","done","done","done"]'
equal "peaks" "$(jq -c '[.runs[].peak_bytes / 262144]' <<<"$compared")" '[30,2,2,1]'
for policy in keep-all scan refcount-path donate; do
	check "$policy's profile" test -s profiles/$policy-file.dagmem
	equal "$policy's heap" \
		"$(jq --arg policy $policy '.runs[] | select(.policy == $policy) | .heap_peak_bytes' <<<"$compared")" \
		"$(info profiles/$policy-file.dagmem .totals.peak_bytes)"
done
check "heap peaks fall with the books" jq -e '[.runs[].heap_peak_bytes] |
	.[0] > 30 * 262144 and .[0] < 31 * 262144 and .[2] < 3 * 262144 and .[3] < 2 * 262144' <<<"$compared" >check.txt
"$dagmem" dag compare chain:30:256KiB --ascii >compared.txt 2>&1
check "a table" grep -q '^keep-all *file *7.5 MiB *7.5 MiB' compared.txt
check "a diff" grep -q 'payload.c:[0-9]*: size=256.0 KiB (-7.2 MiB)' compared.txt
check "both over time" grep -q 'keep-all (filled) and donate (line)' compared.txt

limited=$("$dagmem" dag compare chain:30:256KiB --policy keep-all,refcount --memory-limit 2MiB --json)
equal "a limit is a result" "$(jq -c '[.runs[] | [.status, .nodes_executed]]' <<<"$limited")" '[["limit",8],["done",30]]'
equal "with words" "$(jq -r '.runs[0].message' <<<"$limited")" \
	"stopped at node 'n8' with 2.0 MiB held: 256.0 KiB more would pass the limit of 2.0 MiB"

# A run that is killed: what it held is known.
"$dagmem" dag compare chain:2000:8MiB --policy keep-all --no-trace --json >killed.json &
parent=$!
for ((i = 0; i < 500; i++)); do
	child=$(pgrep -P $parent) && grep -qa status-file "/proc/$child/cmdline" &&
		[ "$(awk '/VmRSS/ { print $2 }' "/proc/$child/status")" -gt 100000 ] && break
	sleep 0.02
done
kill -KILL "$child"
wait $parent
equal "killed" "$(jq -r '.runs[0].status' killed.json)" killed
check "killed where" jq -e '.runs[0] | (.message | test("^killed at node n[0-9]+ with .* held$")) and
	.held_at_end_bytes >= 50000000 and .rss_peak_bytes >= 50000000' killed.json >check.txt

# Names may be any bytes; the JSON is still JSON.
printf 'node \xff\xfe 9\nnode b 1 < \xff\xfe\n' >odd.dag
equal "an odd name" "$(runs '.runs[0].node' run odd.dag --memory-limit 8 --no-trace 2>err.txt)" $'\ufffd\ufffd'

# --- refusals -----------------------------------------------------------------------

refused() {     # status words arguments...
	local wanted=$1 words=$2
	shift 2
	status "refused: $words" "$wanted" "$dagmem" dag "$@" >out.txt 2>err.txt
	grep -qF -- "$words" err.txt || fail "'$(cat err.txt)' does not say '$words'"
	[ -s out.txt ] && fail "$*: something on stdout"
}

printf 'node a < b\nnode b < a\n' >cycle.dag
printf 'node a\nnode b < nix\n' >missing.dag
printf 'digraph { a -> ' >broken.dot
printf '{' >broken.json
refused 3 "cycle.dag: 2 nodes on a cycle: " simulate cycle.dag
refused 3 "missing.dag:2: node 'b' depends on 'nix', which is not defined" run missing.dag --no-trace
refused 3 "broken.dot: syntax error in line 1" simulate broken.dot
refused 3 "broken.json:1: column" compare broken.json
refused 3 "nix.dag: No such file" simulate nix.dag
refused 3 "output 'nix' is not a node" simulate chain:3:1 --keep nix
refused 2 "write chain:N:BYTES" simulate chain:x:1
refused 2 "there is no policy 'nix'" simulate chain:3:1 --policy nix
refused 2 "there is no order 'nix'" simulate chain:3:1 --order nix
refused 2 "which DAG?" run
refused 2 "none of run, compare, simulate" walk chain:3:1
refused 1 "a budget of 1.0 MiB is below the lower bound of 2.0 MiB: no order can run in it" \
	run chain:9:1MiB --budget 1MiB --no-trace
equal "a budget that is enough" "$(runs '.runs[0].status' run chain:9:1MiB --budget 2MiB -j 4 --no-trace)" done
finish
