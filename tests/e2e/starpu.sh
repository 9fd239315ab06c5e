#!/bin/bash
# StarPU tasks as nodes: names, edges and bytes are what the program itself
# says, its outputs' included; the program does not notice.
. "$(dirname "$0")/lib.sh"

program=$programs/starpu
adapter=$top/build/libdagmem-starpu.so
[ -x "$program" ] || skip "StarPU is not installed"
export STARPU_SILENT=1 STARPU_HOME=$tmp HOME=$tmp
"$program" 1 >first.txt 2>&1      # measures the machine once, and keeps that in $HOME

by_node() {     # profile metric function
	"$dagmem" top --json -n 0 --by node --metric "$2" --include "$3" "$1" |
		jq -cS '[.rows[] | select(.node) | {(.node): .bytes}] | add // {}'
}

true_bytes() {  # total|live
	jq -cS '.nodes | with_entries(.value |= .'"$1"') | with_entries(select(.value != 0))' "$truth"
}

edges() {       # profile
	"$dagmem" sql --json "$1" "SELECT d.name || ' -> ' || n.name AS edge, count(*) AS count FROM dag_edge e
		JOIN dag_node n ON n.id = e.node JOIN dag_node d ON d.id = e.dependency GROUP BY edge" |
		jq -cS '[.[] | {(.edge): .count}] | add // {}'
}

for workers in 1 2 4; do
	what="$workers workers"
	status "$what, plain" 0 "$program" $workers >plain.txt 2>plain.err
	status "$what, traced" 0 "$dagmem" -q run -f -o p.dagmem --adapter auto -- "$program" $workers \
		>traced.txt 2>traced.err
	check "$what: output" cmp plain.txt traced.txt
	status "$what, adapter alone" 0 env LD_PRELOAD="$adapter" "$program" $workers >alone.txt
	check "$what: output with the adapter alone" cmp plain.txt alone.txt
	quality_is_good p.dagmem
	equal "$what: bytes" "$(by_node p.dagmem total task_new)" "$(true_bytes total)"
	equal "$what: live" "$(by_node p.dagmem live task_new)" "$(true_bytes live)"
	equal "$what: what StarPU allocated for them" \
		"$(by_node p.dagmem total _starpu_malloc_flags_on_node)" '{"join":24000,"load":32000}'
	equal "$what: executions" "$("$dagmem" dag show --json -n 0 p.dagmem |
		jq -cS '[.nodes[] | {(.name): .executions}] | add')" \
		"$(jq -cS '.nodes | with_entries(.value |= .ran)' "$truth")"
	equal "$what: edges" "$(edges p.dagmem)" "$(jq -cS .edges "$truth")"
done
"$dagmem" -q run -f -o none.dagmem -- "$program" 2 >none.txt 2>&1
equal "not asked for" "$(by_node none.dagmem total task_new)" '{}'
check "doctor finds it" grep -q '^ok.*StarPU' <("$dagmem" doctor "$program")
finish
