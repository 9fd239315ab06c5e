#!/bin/bash
# OpenMP tasks as nodes, of programs that clang and gcc built: names, edges and
# bytes are what the program itself says; the program does not notice.
. "$(dirname "$0")/lib.sh"

example=$top/tracer/adapters/examples/openmp.c
adapter=$top/build/libdagmem-ompt.so

# The example's names of its tasks, and those of their nodes: {"load":"task openmp.c:32",...}
names=$(grep -n '#pragma omp task.*// ' "$example" |
	sed -E 's|^([0-9]+):.*// (.*)|{"key":"\2","value":"task openmp.c:\1"}|' | jq -cs from_entries)

region=$(grep -n 'omp parallel num_threads(threads)' "$example" | cut -d: -f1)

# The truth with the nodes' names.
true_bytes() {  # total|live
	jq -cS --argjson name "$names" '.nodes | with_entries(.key |= $name[.] | .value |= .'"$1"') |
		with_entries(select(.value != 0))' "$truth"
}

true_edges() {
	jq -cS --argjson name "$names" '.edges | with_entries(.key |=
		(split(" -> ") | map($name[.]) | join(" -> ")))' "$truth"
}

# What tasks.h allocated, by node.
by_node() {     # profile metric
	"$dagmem" top --json -n 0 --by node --metric "$2" --include task_new "$1" |
		jq -cS '[.rows[] | select(.node) | {(.node): .bytes}] | add // {}'
}

# Executions of nodes.  Of a recursion only so many levels are told; a runtime may
# have a taskloop divided by tasks of its own.
executions() {  # profile
	"$dagmem" dag show --json -n 0 "$1" | jq -cS --argjson name "$names" '
		[.nodes[] | select(.name != $name.dive and .name != $name.loop) | {(.name): .executions}] | add'
}

true_executions() {
	jq -cS --argjson name "$names" '.nodes | del(.dive, .loop) | with_entries(.key |= $name[.] | .value |= .ran)' \
		"$truth"
}

edges() {       # profile
	"$dagmem" sql --json "$1" "SELECT d.name || ' -> ' || n.name AS edge, count(*) AS count FROM dag_edge e
		JOIN dag_node n ON n.id = e.node JOIN dag_node d ON d.id = e.dependency GROUP BY edge" |
		jq -cS '[.[] | {(.edge): .count}] | add // {}'
}

same_as_plain() {       # what command...: output and exit status as without us
	local what=$1
	shift
	status "$what, plain" 0 "$@" >plain.txt 2>plain.err
	status "$what, traced" 0 "$dagmem" -q run -f -o p.dagmem --adapter openmp -- "$@" >traced.txt 2>traced.err
	check "$what: output" cmp plain.txt traced.txt
	check "$what: errors" cmp plain.err traced.err
	status "$what, adapter alone" 0 env LD_PRELOAD="$adapter" "$@" >alone.txt 2>alone.err
	check "$what: output with the adapter alone" cmp plain.txt alone.txt
}

ran=0
for compiler in clang gcc; do
	program=$programs/openmp_$compiler
	[ -x "$program" ] || continue
	ran=$((ran + 1))
	for threads in 1 2 4; do
		what="$compiler, $threads threads"
		same_as_plain "$what" "$program" $threads 3
		quality_is_good p.dagmem
		equal "$what: bytes" "$(by_node p.dagmem total)" "$(true_bytes total)"
		equal "$what: live" "$(by_node p.dagmem live)" "$(true_bytes live)"
		equal "$what: executions" "$(executions p.dagmem)" "$(true_executions)"
		equal "$what: runs" "$("$dagmem" dag show --json p.dagmem | jq -c '[.runs[] | [.name, .iteration]]')" \
			"$(jq -nc --arg name "parallel openmp.c:$region" '[[$name, 1], [$name, 2], [$name, 3]]')"
		equal "$what: edges" "$(edges p.dagmem)" "$(true_edges)"
	done
done
[ $ran -gt 0 ] || skip "no OpenMP program was built"

# auto: where the runtime tells of its tasks; else it says what would help.
if [ -x "$programs/openmp_clang" ]; then
	"$dagmem" -q run -f -o auto.dagmem --adapter auto -- "$programs/openmp_clang" 2 >auto.txt
	equal "auto" "$(by_node auto.dagmem total)" "$(true_bytes total)"
	"$dagmem" run -f -o none.dagmem -- "$programs/openmp_clang" 2 >none.txt 2>&1
	equal "not asked for" "$(by_node none.dagmem total)" '{}'
	check "doctor finds it" grep -q 'OpenMP (libomp)' <("$dagmem" doctor "$programs/openmp_clang")
fi
"$dagmem" run -f -o auto.dagmem --adapter auto -- "$programs/openmp_gcc" 2 >auto.txt 2>auto.err
check "gcc's runtime is left alone" grep -q 'adapter openmp' auto.err
check "doctor finds it" grep -q 'OpenMP (libgomp' <("$dagmem" doctor "$programs/openmp_gcc")
status "no such adapter" 125 "$dagmem" run --adapter nonesuch -- true 2>error.txt
check "what there is" grep -q 'openmp' error.txt

# A program that calls what libomp does not do is not run with half of each runtime.
cat >lacks.c <<'C'
#ifdef EVENT
void omp_fulfill_event(long);
#define CALL omp_fulfill_event(0)
#else
void GOMP_scope_start(void **);
#define CALL GOMP_scope_start(0)
#endif
int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		CALL;
	return 0;
}
C
if [ -x "$programs/openmp_clang" ] && gcc -fopenmp -o lacks lacks.c 2>gcc.err &&
		gcc -DEVENT -fopenmp -o lacks_event lacks.c 2>gcc.err; then
	status "half a runtime" 125 "$dagmem" run --adapter openmp -- ./lacks 2>error.txt
	check "is refused" grep -q 'calls GOMP_scope_start' error.txt
	status "half a task" 125 "$dagmem" run --adapter openmp -- ./lacks_event 2>error.txt
	check "is refused, too" grep -q 'calls omp_fulfill_event' error.txt
fi

# The interface as we declare it is LLVM's.
header=$(clang -print-resource-dir 2>/dev/null)/include/omp-tools.h
if [ -f "$header" ]; then
	cat >abi.c <<'C'
#include <omp-tools.h>
#include "tracer/adapters/ompt_abi.h"
#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #ours)
SAME(OMP_PARALLEL_BEGIN, ompt_callback_parallel_begin);
SAME(OMP_PARALLEL_END, ompt_callback_parallel_end);
SAME(OMP_TASK_CREATE, ompt_callback_task_create);
SAME(OMP_TASK_SCHEDULE, ompt_callback_task_schedule);
SAME(OMP_IMPLICIT_TASK, ompt_callback_implicit_task);
SAME(OMP_DEPENDENCES, ompt_callback_dependences);
SAME(OMP_BEGIN, ompt_scope_begin);
SAME(OMP_END, ompt_scope_end);
SAME(OMP_TASK_INITIAL, ompt_task_initial);
SAME(OMP_TASK_EXPLICIT, ompt_task_explicit);
SAME(OMP_TASK_TASKWAIT, ompt_task_taskwait);
SAME(OMP_TASK_UNDEFERRED, ompt_task_undeferred);
SAME(OMP_TASK_COMPLETE, ompt_task_complete);
SAME(OMP_TASK_CANCEL, ompt_task_cancel);
SAME(OMP_TASK_DETACH, ompt_task_detach);
SAME(OMP_TASK_EARLY_FULFILL, ompt_task_early_fulfill);
SAME(OMP_TASK_LATE_FULFILL, ompt_task_late_fulfill);
SAME(OMP_TASK_SWITCH, ompt_task_switch);
SAME(OMP_IN, ompt_dependence_type_in);
SAME(OMP_OUT, ompt_dependence_type_out);
SAME(OMP_INOUT, ompt_dependence_type_inout);
SAME(OMP_MUTEXINOUTSET, ompt_dependence_type_mutexinoutset);
SAME(OMP_INOUTSET, ompt_dependence_type_inoutset);
SAME(sizeof(struct omp_dependence), sizeof(ompt_dependence_t));
SAME(sizeof(union omp_data), sizeof(ompt_data_t));
SAME(sizeof(struct omp_tool), sizeof(ompt_start_tool_result_t));
C
	check "the interface is LLVM's" gcc -fsyntax-only -I"$top" -idirafter "${header%/*}" abi.c
fi
finish
