#!/bin/bash
# The benchmark measures what it says: CPU of helpers that outlive a program,
# events that are known beforehand, figures from runs that are known.
. "$(dirname "$0")/lib.sh"
require python3 perl jq
needs_plain_path
measure=$top/build/bench/measure
bench=$top/build/bench/programs

measured() {    # jq expression over the last measurement
	jq "$1" result
}

# --- measure ----------------------------------------------------------------

"$measure" result -- bash -c 'perl -e "1 while (times)[0] < 0.3" & exit 3'
equal "the command's status" "$(measured .status)" 3
equal "CPU of a helper that outlives it" "$(measured '.user_s + .system_s >= 0.25')" true
equal "wall until the helper ended, too" "$(measured '.all_s > .program_s')" true

"$measure" -n 3 result NAME=value -- bash -c 'echo "$NAME" >>runs'
equal "runs, with the variable" "$(uniq -c runs | tr -s ' ')" " 3 value"
equal "times" "$(measured .times)" 3

"$measure" result -- bash -c 'kill -SEGV $$'
equal "status of a signal" "$(measured .status)" 139
"$measure" -t 1 result -- bash -c 'sleep 1000 & sleep 1000'
equal "stopped when it takes too long, helpers included" "$(measured '.timed_out')" true
"$measure" result -- /no/such/program 2>/dev/null
equal "status of no program" "$(measured .status)" 127

"$measure" result -- perl -e '$x = "x" x 50_000_000'
equal "peak RSS, in bytes" "$(measured '.max_rss_bytes | . > 50000000 and . < 500000000')" true

# --- The programs, and the count of events ----------------------------------

counted() {     # COMMAND...: prints allocations and frees
	LD_PRELOAD=$top/build/bench/libcount.so COUNT_OUTPUT=counts "$@"
	perl -e 'local $/; my @word = unpack "Q*", <STDIN>; my @sum;
		$sum[$_ % 8] += $word[$_] for 0 .. $#word; print "$sum[0] $sum[1]\n"' <counts
}

# What 100,000 more pairs add: threads and startup are in both.
pairs_added() { # PROGRAM ARGUMENT... with SIZE for the pairs
	local small large
	read -ra small <<<"$(counted "${@/SIZE/100000}")"
	read -ra large <<<"$(counted "${@/SIZE/200000}")"
	echo $((large[0] - small[0])) $((large[1] - small[1]))
}
equal "pairs of stack" "$(pairs_added "$bench/stack" 20 SIZE 1)" "100000 100000"
equal "pairs of stack, 4 threads" "$(pairs_added "$bench/stack" 5 SIZE 4)" "100000 100000"
equal "pairs of paths" "$(pairs_added "$bench/paths" SIZE 1)" "100000 100000"
equal "pairs of cold" "$(pairs_added "$bench/cold" SIZE)" "100000 100000"
equal "pairs of live" "$(pairs_added "$bench/live" 1000 SIZE)" "100000 100000"
for program in larson xmalloc tree; do
	read -ra events <<<"$(pairs_added "$bench/$program" SIZE 4)"
	[ $((events[0] / 10000)) -ge 9 ] && [ $((events[0] / 10000)) -le 11 ] ||
		fail "$program: ${events[0]} pairs, not about 100000"
	equal "frees of $program" "${events[1]}" "${events[0]}"
done

cat >events.c <<'END'
#include <stdlib.h>
#include <unistd.h>
int main(void)
{
	void *block = malloc(10);                       /* 1 */
	void *aligned;

	block = realloc(block, 1000);                   /* 2 1 */
	free(block);                                    /* 2 2 */
	free(NULL);
	block = malloc((size_t)-1 / 4);                 /* fails */
	free(calloc(3, 5));                             /* 3 3 */
	if (posix_memalign(&aligned, 64, 10) == 0)      /* 4 */
		_exit(block != NULL);                   /* loses nothing */
}
END
gcc -O0 -fno-builtin -w -o events events.c
equal "events of each kind" "$(counted ./events)" "4 3"

# --- The DAG programs: the same graphs in each ------------------------------

marked() {      # PROGRAM GRAPH ARGUMENT...: prints what it says of the graph
	STARPU_HOME=$tmp STARPU_SILENT=1 "$bench/dag_$1" "${@:2}" | jq -c '[.nodes, .edges, .whole_s > 0]'
}
layers=$(marked runner layered:20x30 1 file)
check "layers have 2.4 edges a node" jq -e '.[0] == 600 and (.[1] / 580 | . > 2.2 and . < 2.6)' <<<"$layers" >check.txt
equal "a chain" "$(marked runner chain:500 2 greedy)" "[500,499,true]"
for runtime in libgomp libomp starpu; do
	[ $runtime = libgomp ] || [ -x "$bench/dag_$runtime" ] || continue
	equal "layers of $runtime" "$(marked $runtime layered:20x30 2)" "$layers"
	equal "a chain of $runtime" "$(marked $runtime chain:500 2)" "[500,499,true]"
done

(cd "$top" && python3 -B - bench) >dag-failure.json <<'END'
import json, sys
sys.path.insert(0, sys.argv[1])
from harness import dag
case = next(dag.cases("quick", []))
case["shape"] = "nonsense"
dag.run_case(case, 0)
print(json.dumps(case))
END
equal "a DAG case that fails is a row" "$(jq -c '[.runs, .error]' dag-failure.json)" \
	'[[],"ended with status 2: usage: dag_runner SHAPE WORKERS ORDER"]'

# --- Figures and the run ----------------------------------------------------

check "figures" python3 "$top/bench/harness/test_figures.py"

check "a run" "$top/bench/run" --quick --rounds 2 --workloads true,stack-5 --contenders dagmem,dagmem-tracer,count \
	--output "$tmp/results.json" >tables 2>log
equal "groups" "$(jq -c '[.groups[].workload]' results.json)" '["true","stack-5"]'
equal "errors" "$(jq -c '[.groups[].contenders[].error] | unique' results.json)" '[null]'
# Rounds that others disturbed are run again, up to as often.
equal "runs of each" "$(jq -c '[.groups[].contenders[].runs | length | . >= 2 and . <= 4] | unique' results.json)" '[true]'
equal "rounds are told of" "$(jq -c '[.groups[] | .rounds[].disturbed | type] | unique' results.json)" '["boolean"]'
equal "events" "$(jq '.groups[1].events.allocations' results.json)" 500000
equal "events of the profile" "$(jq '.groups[1].contenders["dagmem-tracer"].profile.allocations' results.json)" 500000
grep -q '^| stack-5 ' tables || fail "no row for stack-5: $(cat tables)"
check "a report" "$top/bench/report" results.json >report
grep -q '^#### stack-5' report || fail "the report has no table for stack-5: $(cat report)"

check "the adapters" "$top/bench/run" --quick --rounds 1 --workloads adapters --output "$tmp/adapters.json" >tables 2>log
equal "errors of adapters" "$(jq -c '[.adapters[].error] | unique' adapters.json)" '[null]'
equal "ways to run make" "$(jq -c '.adapters[] | select(.engine == "make") | [.tasks, (.ways | map_values(.runs | length))]' \
	adapters.json)" '[30,{"plain":1,"dagmem":1,"adapter":1}]'
grep -q '^| make: recipes that start true(1) ' tables || fail "no row for make: $(cat tables)"

python=$(python3 -c 'import sys; print(sys.executable)')
PATH=/nowhere "$python" "$top/bench/run" --list >list
grep -q '^  libdagrun ' list || fail "no runtime in the list: $(cat list)"
grep -q '^  heaptrack  .*install heaptrack' list || fail "nothing says what to install: $(cat list)"
grep -q ' leaks: ' list || fail "no leak checks in the list: $(cat list)"
status "an unknown workload" 2 "$top/bench/run" --workloads nonsense 2>/dev/null
grep -q '^<!-- figures' "$top/docs/PERFORMANCE.md" || fail "docs/PERFORMANCE.md has no place for the figures"
finish
