#!/bin/bash
# Nodes of a DAG: every byte is charged to the node that allocated it, whichever
# threads run and free; misuse is counted; dag run announces its nodes.
. "$(dirname "$0")/lib.sh"

# Bytes by node, those outside any left out: {"n0":1234,...}
by_node() {     # profile metric [option...]
	local profile=$1 metric=$2
	shift 2
	"$dagmem" top --json -n 0 --by node --metric "$metric" "$@" "$profile" |
		jq -cS '[.rows[] | select(.node) | {(.node): .bytes}] | add // {}'
}

true_bytes() {  # total|live
	jq -cS "with_entries(.value |= .$1) | with_entries(select(.value != 0))" "$truth"
}

# Of the program into p.dagmem, of its child into child.dagmem.
run() {         # name program argument
	local name=$1 profile
	shift
	rm -rf out ./*.dagmem*
	mkdir out
	status "$name" 0 "$dagmem" -q run --follow -o 'out/%p.dagmem' -- "$@"
	for profile in out/*.dagmem; do
		mv "$profile" "$("$dagmem" sql "$profile" 'SELECT forked FROM profile' |
			grep -q 1 && echo child || echo p).dagmem"
	done
}

for variant in '' .O2; do
	status "plain" 0 "$programs/nodes$variant" 2
	for threads in 1 4 8; do
		run "$threads threads" "$programs/nodes$variant" $threads
		quality_is_good p.dagmem
		equal "allocated, $threads threads" "$(by_node p.dagmem total)" "$(true_bytes total)"
		equal "live, $threads threads" "$(by_node p.dagmem live)" "$(true_bytes live)"
		equal "mapped" "$(by_node p.dagmem mapped)" '{"mapper":1048576}'
		equal "the rest is outside" "$("$dagmem" top --json -n 0 --by node p.dagmem |
			jq '[.rows[] | select(.name == "(outside any node)") | .node] == [null] and
				([.rows[].bytes] | add) == .total.bytes')" true
	done
done

run "edges and names" "$programs/nodes" 4
equal "one node" "$("$dagmem" top --json --node inner p.dagmem | jq .total.bytes)" 5330
equal "its lines" "$("$dagmem" top --json --node inner p.dagmem | jq '[.rows[] | .node] | unique == [null]')" true
status "no such node" 3 "$dagmem" top --node nowhere p.dagmem 2>error.txt
check "edges are kept" test "$("$dagmem" sql p.dagmem "SELECT d.name FROM dag_edge e
	JOIN dag_node n ON n.id = e.node JOIN dag_node d ON d.id = e.dependency
	WHERE n.name = 'n9'" | grep -cx n4)" = 1
"$dagmem" top --by node -n 3 p.dagmem >top.txt
check "names are shown" grep -q 'forked' top.txt

# The child of a fork is in its parent's node and knows its name.
equal "the child's nodes" "$(by_node child.dagmem total)" '{"childs own":99,"forked":12345}'

# The same nodes of two runs are the same rows, whatever their ids.
mv p.dagmem first.profile
run "another run" "$programs/nodes" 8
equal "runs by node" "$("$dagmem" diff --json -n 0 --by node --metric total first.profile p.dagmem |
	jq -c '[.rows[] | select(.node) | [.node, .bytes_diff]]')" '[["handed",1332]]'

status "misuse" 0 traced m.dagmem "$programs/nodes" misuse
equal "misuse is counted" "$(info m.dagmem .quality.nodes_misused)" 13
equal "and does no harm" "$(by_node m.dagmem total)" "$(true_bytes total)"
check "and is told" grep -q 'DAG nodes' <("$dagmem" info m.dagmem)

# The runner's nodes: results of 1 MiB each, and nothing else that counts.
"$dagmem" -q dag run chain:20:1MiB --policy keep-all -o chain.dagmem >chain.txt
equal "a chain" "$(by_node chain.dagmem total | jq -c '[.[] | . / 1048576 | floor] | [length, min, max]')" '[20,1,1]'
"$dagmem" -q dag run layered:1:8x8:64KiB -j 4 -o layered.dagmem >layered.txt
equal "layers" "$(by_node layered.dagmem total | jq 'length')" \
	"$("$dagmem" sql layered.dagmem 'SELECT count(*) AS n FROM dag_node' | grep -o '[0-9][0-9]*')"
equal "no misuse" "$(info layered.dagmem .quality.nodes_misused)" 0
finish
