#!/bin/bash
# Results of DAG nodes: their lives to the block, peaks of executions to the byte,
# the peak that pruning would have had against a run that did prune, nodes that
# leak from run to run against those that fill a cache.
. "$(dirname "$0")/lib.sh"

show() {        # profile jq-filter
	"$dagmem" dag show --json "$1" | jq -c "$2"
}

query() {       # profile sql: rows of numbers and names, separated by commas
	"$dagmem" sql --csv "$1" "$2" | tail -n +2 | tr -d '\r"'
}

# [bytes, parts, last reader, freed by, fate, gone, void] of each result, by node.
lives='[.results[] | {(.node): [.bytes, .parts, .last_consumer, .freed_by,
	(if .requested then "requested" elif .taken then "taken" elif .released_ns then "released" else "-" end),
	.freed_ns != null, .void_ns > 0]}] | add'

# --- Lives -----------------------------------------------------------------------------

for variant in '' .O2; do
	status "plain" 0 "$programs/results$variant" lives
	rm -f p.dagmem*
	status "lives" 0 traced p.dagmem "$programs/results$variant" lives
	quality_is_good p.dagmem
	equal "totals are what they are without results" \
		"$(info p.dagmem '.totals | "\(.allocations) \(.frees) \(.live_bytes) \(.slack_bytes)"')" '73 72 9000 0'
	equal "lives" "$(show p.dagmem "$lives" | jq -cS .)" "$(jq -cS . <<-'END'
		{"table": [100000, 2, "reader", "sweeper", "-", true, false],
		"unread": [7000, 1, null, null, "released", true, true],
		"output": [9000, 1, null, null, "requested", false, false],
		"giver": [5000, 1, "taker", "taker", "taken", true, false],
		"taker": [5000, 1, null, null, "-", true, true],
		"grown": [100, 1, null, null, "-", true, true],
		"keeper": [3000, 1, "after", null, "-", true, false],
		"sizes": [74656, 64, null, null, "-", true, true],
		"device": [500, 2, null, null, "released", true, true]}
		END
	)"
done
equal "a node alone" "$("$dagmem" dag show --node table p.dagmem | grep -c '^  table ')" 2
"$dagmem" dag show --csv p.dagmem >nodes.csv
equal "CSV" "$(grep '^table,' nodes.csv | cut -d, -f1-3,5-7)" 'table,1,0,100000,100000,100000'
equal "views in SQL" "$(query p.dagmem "SELECT node, bytes, lag >= 0, use >= 0, drag > 0 FROM results
	WHERE node = 'table' ORDER BY bytes")" $'table,40000,1,1,1\ntable,60000,1,1,1'
status "no such node" 3 "$dagmem" dag show --node nowhere p.dagmem 2>error.txt
status "no DAG at all" 7 traced none.dagmem "$programs/exits" return
status "no DAG to show" 3 "$dagmem" dag show none.dagmem 2>error.txt
check "that is said" grep -q 'announced none' error.txt

# --- Misuse ----------------------------------------------------------------------------

status "misuse" 0 traced m.dagmem "$programs/results" misuse
equal "misuse is counted" "$(info m.dagmem .quality.nodes_misused)" 9
equal "and told with names" "$(show m.dagmem '[.misuses[].node] | map(. // "-")')" \
	'["twice","twice","never","freed","-","-"]'
check "in text, too" grep -q '  twice: the same result produced twice' <("$dagmem" dag show m.dagmem)

# --- Pools -----------------------------------------------------------------------------

status "pools" 0 traced pool.dagmem "$programs/results" pools
equal "a pool is a result" "$(show pool.dagmem "$lives")" '{"filler":[400,1,"reader",null,"-",true,false]}'
equal "its blocks" "$(query pool.dagmem "SELECT sum(allocations), sum(allocated_bytes), sum(frees), sum(live_bytes)
	FROM account WHERE kind = 2")" 13,1073,12,123
equal "are a metric of their own" "$("$dagmem" top --json --metric pool pool.dagmem |
	jq -c '[.total.bytes, (.rows[0].file | split("/") | last)]')" '[123,"results.c"]'
equal "and not in the heap" "$(info pool.dagmem .totals.allocated_bytes)" 0
equal "misuse of pools" "$(info pool.dagmem .quality.nodes_misused)" 3

# --- Executions ------------------------------------------------------------------------

for threads in 1 4 8; do
	rm -f t.dagmem*
	status "transients" 0 traced t.dagmem "$programs/results" transients $threads
	equal "peaks of executions on $threads threads" "$(query t.dagmem "SELECT n.name, e.transient_bytes,
		e.retained_bytes, e.nested, count(*), sum(e.status) FROM dag_execution e JOIN dag_node n ON n.id = e.node
		WHERE e.helper = 0 GROUP BY 1, 2, 3, 4 ORDER BY 1")" \
		"inner,200000,0,1,$threads,0
outer,200500,500,0,$threads,$((threads / 2))"
	equal "helpers' turns" "$(query t.dagmem "SELECT group_concat(b) FROM (SELECT transient_bytes - 30000 AS b
		FROM dag_execution WHERE helper = 1 ORDER BY 1)")" "$(seq -s, 0 $((threads - 1)))"
done
status "killed in a node" 137 traced open.dagmem "$programs/results" open
equal "it was running" "$(show open.dagmem '[.nodes[] | [.name, .executions, .running]]')" '[["maker",1,0],["endless",0,1]]'
equal "it reads a result" "$(show open.dagmem "$lives")" '{"maker":[12345,1,"endless",null,"-",false,false]}'

rm -rf forks && mkdir forks
status "a child frees" 0 "$dagmem" -q run --follow -o 'forks/%p.dagmem' -- "$programs/results" fork
for profile in forks/*.dagmem; do
	equal "no page is damaged" "$(info "$profile" .quality.pages_damaged)" 0
	equal "its own results" "$(show "$profile" '[.results[] | [.node, .bytes, .freed_ns != null]]')" \
		"$(query "$profile" 'SELECT forked FROM profile' | sed 's/0/[["maker",110000,true]]/; s/^1$/[["maker",60000,true]]/')"
done

# Very many: the file is bounded, sums are exact.
status "a million" 0 traced many.dagmem "$programs/results" many 1000000
equal "sums of all" "$(show many.dagmem '[.executions, (.nodes | map(.executions) | unique), .nodes[0].allocated_bytes]')" \
	'[1000000,[125000],8000000]'
check "the file is bounded" test "$(stat -c %s many.dagmem)" -lt 30000000
check "that is said" grep -q 'only sums tell of' <("$dagmem" info many.dagmem)
status "many names" 0 traced names.dagmem "$programs/results" names 300000
equal "nodes are folded by name" "$(show names.dagmem '[.nodes[] | [.name, .executions]]')" \
	'[["gemm",100000],["trsm",100000],["syrk",100000]]'
status "a small profile" 0 "$dagmem" -q run --max-profile 1M -o small.dagmem -- "$programs/results" names 300000
equal "keeps what it can" "$(info small.dagmem '.quality | .nodes_folded > 0 and .events_dropped == 0')" true

# --- From run to run ---------------------------------------------------------------------

status "iterations" 0 traced i.dagmem "$programs/iterations" 20
equal "the leak is named, the cache is none" "$(show i.dagmem '[.growth[] | [.node, .verdict]]')" \
	'[["leaky","leak"],["cache","levels off"]]'
equal "what it leaks" "$(show i.dagmem '.growth[0] | [.bytes_per_execution, .low, .high, .blocks_per_execution, .since_iteration,
	([.lines[].bytes_per_execution] | sort)]')" '[4096,4096,4096,3,0,[1000,1096,2000]]'
equal "the main finding" "$(show i.dagmem '.findings[0] | [.kind, .node]')" '["leak","leaky"]'
check "in words" grep -q 'leaky retains 4096 B per execution since iteration 0: leak' <("$dagmem" dag show i.dagmem)
status "later" 0 traced late.dagmem "$programs/iterations" 20 3
equal "since when" "$(show late.dagmem '.growth[0] | [.node, .bytes_per_execution, .since_iteration]')" '["leaky",4096,3]'
status "no leak at all" 0 traced calm.dagmem "$programs/iterations" 20 1000
equal "none is found" "$(show calm.dagmem '[.growth[] | select(.verdict == "leak")]')" '[]'
status "long" 0 traced long.dagmem "$programs/iterations" 5000
equal "nodes stay as many" "$(query long.dagmem 'SELECT count(*) FROM dag_node')" 22
equal "runs are thinned" "$(query long.dagmem 'SELECT max(number), count(*) <= 4096, count(snapshot) BETWEEN 32 AND 64 FROM dag_run')" 5000,1,1
equal "a run's end can be looked at" "$("$dagmem" top --json --at 'run 0' --node leaky long.dagmem | jq .total.bytes)" 4096
equal "the slope is the same" "$(show long.dagmem '.growth[0] | [.node, .bytes_per_execution]')" '["leaky",4096]'

# --- What if -------------------------------------------------------------------------------

# what_if NAME GRAPH [OPTION...]: the unpruned run's answer is what a pruned one holds.
what_if() {
	local name=$1 foretold pruned
	shift
	rm -f kept.dagmem* pruned.dagmem*
	"$dagmem" -q dag run "$@" --policy keep-all -o kept.dagmem >run.txt || fail "$name: $(cat run.txt)"
	"$dagmem" -q dag run "$@" --policy refcount-path -o pruned.dagmem >run.txt || fail "$name: $(cat run.txt)"
	foretold=$(show kept.dagmem .what_if.peak_bytes)
	pruned=$(info pruned.dagmem .totals.peak_bytes)
	awk -v a="$foretold" -v b="$pruned" 'BEGIN { exit !(a > 0 && a >= b * 0.99 && a <= b * 1.01) }' ||
		fail "$name: foretold $foretold, pruned $pruned"
}

while read -r scale instance; do
	what_if "$instance" "$top/tests/data/wfinstances/$instance.json" --scale "$scale"
done <<-'END'
	0.2 bacass-dirt02-001
	0.005 srasearch-chameleon-10a-001
	0.2 mag-dirt02-001
	0.02 smrnaseq-dirt02-001
	0.003 montage-chameleon-dss-15d-001
END
for shape in chain:30:200KiB diamond:10:200KiB tree:4:3:100KiB fan:20:100KiB layered:7:8x8:50KiB map:8:4:100KiB; do
	what_if $shape $shape
done

# Random DAGs of 5 to 30 nodes: each needs up to three earlier ones.  tests/full has 200.
random_dag() {  # seed
	awk -v seed="$1" 'BEGIN {
		srand(seed)
		nodes = 5 + int(rand() * 26)
		for (i = 0; i < nodes; i++) {
			printf "node n%d %d transient %d", i, 30000 + int(rand() * 170000), int(rand() * 2) * int(rand() * 100000)
			for (d = 0; i && d < 3 && rand() < 0.7; d++)
				printf "%s n%d", d ? "" : " <", int(rand() * i)
			print ""
		}
	}'
}
for seed in $(seq "${RANDOM_DAGS:-50}"); do
	random_dag "$seed" >random.dag
	what_if "random $seed" random.dag --transients
done

# The same of four workers: never below what it foretells for one thread's moments.
"$dagmem" -q dag run layered:3:6x6:500KiB -j 4 --policy keep-all -o parallel.dagmem >run.txt
equal "with threads it is a bound" "$(show parallel.dagmem '.what_if |
	.exact == false and .peak_bytes <= .measured_bytes and .peak_bytes >= .lower_bound_bytes')" true

rm -f kept.dagmem* pruned.dagmem*
"$dagmem" -q dag run chain:30:200KiB --policy keep-all -o kept.dagmem >run.txt
equal "unpruned: drag" "$(show kept.dagmem '.findings[0].kind')" '"drag"'
equal "orders and bound" "$(show kept.dagmem '.what_if | [.orders[].order] == ["same", "greedy", "liu", "best"] and
	(.orders | map(.peak_bytes) | unique | length) == 1 and .lower_bound_bytes == .peak_bytes')" true
equal "one result alone" "$(show kept.dagmem '.what_if.savings[0] | .after != null and .share > 0.02 and .share < 0.05')" true
"$dagmem" -q dag run chain:30:200KiB --policy refcount-path -o pruned.dagmem >run.txt
equal "pruned: nothing to say" "$(show pruned.dagmem .findings)" '[]'
"$dagmem" -q dag run diamond:6:200KiB --policy scan --order dfs -o scan.dagmem >run.txt
equal "the original rule's leftovers" "$(show scan.dagmem '[.results[] | select(.requested | not) | .released_ns == null] | any')" true
"$dagmem" dag show kept.dagmem >shown.txt
check "what to free" grep -q "free \`n0\`'s result after \`n1\`: peak -3 %" shown.txt
"$dagmem" timeline --ascii kept.dagmem >lanes.txt
equal "lanes" "$(grep -c '^ *n[0-9]* |.*=' lanes.txt)" 24
equal "a lane in JSON" "$("$dagmem" timeline --json --node n3 kept.dagmem | jq -c '[.lanes[] | [.node, (.spans | length)]]')" '[["n3",1]]'
finish
