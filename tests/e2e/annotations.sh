#!/bin/bash
# The in-program API: nothing without the tracer; with it totals, pauses,
# snapshots and the peak are exact.
. "$(dirname "$0")/lib.sh"

for variant in '' .O2; do
	status "plain" 0 "$programs/annotations$variant"
	status "traced" 0 traced p.dagmem "$programs/annotations$variant"
	totals_are_true p.dagmem
	lines_are_true p.dagmem
	equal "live bytes at snapshot one" "$(lines p.dagmem live --at one | jq -c 'map(.bytes) | add')" 100000
	equal "live bytes at snapshot two" "$(lines p.dagmem live --at two | jq -c 'map(.bytes) | add')" 40000
	difference=$("$dagmem" diff --json p.dagmem@one p.dagmem@two | jq -c '[.rows[] | [.bytes_diff, .count_diff]]')
	equal "difference between snapshots" "$difference" '[[-60000,-60]]'
	rm -f p.dagmem*
done

# Every call, as C99 and C++11 have it, in position-independent programs and others:
# nothing when not traced, all of it when traced.
cat >calls.c <<'END'
#include <dagmem.h>
#include <stdlib.h>
int main(void)
{
	struct dagmem_totals totals;
	uint32_t run = dagmem_run_begin("all", 3), load = dagmem_node_declare("load", NULL, 0);
	uint32_t join = dagmem_node_declare("join", &load, 1), before;
	void *volatile block;

	dagmem_output_requested(join);
	dagmem_node_begin(load);
	before = dagmem_context_get();
	block = malloc(5000);
	dagmem_result_produced(load, block, 0);
	dagmem_node_end(load, 0);
	before -= dagmem_context_set(0);
	dagmem_node_begin(join);
	dagmem_node_end(join, 1);
	dagmem_result_released(load, block);
	free(block);
	dagmem_pool_created(&run, "pool");
	dagmem_pool_allocated(&run, &load, 4);
	dagmem_pool_freed(&run, &load);
	dagmem_pool_destroyed(&run);
	dagmem_snapshot("here");
	dagmem_pause();
	dagmem_resume();
	dagmem_reset_peak();
	dagmem_get_totals(&totals);
	dagmem_run_end(run, 0);
	return dagmem_traced() ? !(run == 1 && load == 1 && join == 2 && before == load && totals.allocations)
		: (int)(run + load + join + before) + (totals.allocations != 0);
}
END
cp calls.c calls.cc
strict="-pedantic -Wall -Wextra -Werror -fno-builtin -g -I$top/include"
for way in "gcc -std=c99" "gcc -std=c11" "gcc -std=gnu99 -fno-pie -no-pie" "g++ -std=c++11" "g++ -std=c++20" "g++ -std=c++11 -fno-pie -no-pie"; do
	source=calls.c
	[ "${way#g++}" = "$way" ] || source=calls.cc
	# shellcheck disable=SC2086
	$way $strict -o calls $source || fail "$way does not take the header"
	status "$way, not traced" 0 ./calls
	rm -f calls.dagmem*
	status "$way, traced" 0 traced calls.dagmem ./calls
	equal "$way: results" "$("$dagmem" dag show --json calls.dagmem | jq -c '[.nodes[] | [.name, .executions, .failed, .requested]],
		[.results[] | [.node, .bytes, .last_consumer, .released_ns != null]]' | tr -d '\n')" \
		'[["load",1,0,false],["join",1,1,true]][["load",5000,"join",true]]'
	equal "$way: no misuse" "$(info calls.dagmem .quality.nodes_misused)" 0
done
finish
