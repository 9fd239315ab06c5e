#include "runner/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "tests/unit/dags.h"

static uint64_t peak_results(const struct graph *graph, const struct order *order,
			     const struct policy *policy)
{
	struct plan plan = dag_plan(graph);
	uint64_t peak = dag_simulate(&plan, order, policy).peak_results;

	plan_release(&plan);
	return peak;
}

/* --- The faults of the original rule, and what is right ---------------------- */

static void a_consumer_off_the_path_makes_scan_hold_its_dependency(void **state)
{
	struct graph *graph = dag_from_text("node a 1\nnode b 1 < a\nnode c 1 < b\nnode d 1 < c\n"
					    "node unused 1 < a\noutput d\n");

	(void)state;
	assert_int_equal(peak_results(graph, &order_dfs, &policy_scan), 3);
	assert_int_equal(peak_results(graph, &order_dfs, &policy_refcount), 3);
	assert_int_equal(peak_results(graph, &order_dfs, &policy_refcount_path), 2);
	graph_free(graph);
}

static void a_pruned_consumer_makes_scan_hold_its_dependency_for_ever(void **state)
{
	struct graph *graph = dag_from_text("node a 1\nnode b 1 < a\nnode c 1 < b\nnode d 1 < a\n"
					    "node e 1 < c d\noutput e\n");

	(void)state;
	assert_int_equal(peak_results(graph, &order_dfs, &policy_scan), 4);
	assert_int_equal(peak_results(graph, &order_dfs, &policy_refcount_path), 3);
	graph_free(graph);
}

static void scan_never_prunes_a_dependency_of_an_output(void **state)
{
	char text[400] = "";

	(void)state;
	for (int i = 0; i < 5; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text),
			 "node m%d 1\nnode o%d 1 < m%d\noutput o%d\n", i, i, i, i);
	struct graph *graph = dag_from_text(text);
	assert_int_equal(peak_results(graph, &order_dfs, &policy_scan), 10);
	assert_int_equal(peak_results(graph, &order_dfs, &policy_refcount_path), 6);
	graph_free(graph);
}

/* Scan costs the square of the readers, and lets nothing go since all are requested. */
static void a_result_of_many_readers_goes_with_the_last(void **state)
{
	struct graph *graph = dag_load("fan:4000:1");
	struct plan plan = dag_plan(graph);

	(void)state;
	assert_int_equal(dag_simulate(&plan, &order_file, &policy_refcount_path).peak_results, 4001);
	assert_int_equal(dag_simulate(&plan, &order_file, &policy_refcount_path).held_at_end_results, 4000);
	assert_int_equal(dag_simulate(&plan, &order_file, &policy_scan).held_at_end_results, 4001);
	plan_release(&plan);
	graph_free(graph);
}

static void a_chain_peaks_at_all_two_or_one_results(void **state)
{
	struct graph *graph = dag_load("chain:50:1MiB");
	struct plan plan = dag_plan(graph);

	(void)state;
	assert_int_equal(dag_simulate(&plan, &order_file, &policy_keep_all).peak_bytes, 50 << 20);
	assert_int_equal(dag_simulate(&plan, &order_file, &policy_refcount_path).peak_bytes, 2 << 20);
	assert_int_equal(dag_simulate(&plan, &order_file, &policy_donate).peak_bytes, 1 << 20);
	plan_release(&plan);
	graph_free(graph);
}

static void blocks_of_a_map_are_pruned_item_by_item(void **state)
{
	struct graph *graph = dag_load("map:50:10:1");

	(void)state;
	assert_int_equal(peak_results(graph, &order_file, &policy_keep_all), 500);
	assert_int_equal(peak_results(graph, &order_file, &policy_scan), 500);
	assert_int_equal(peak_results(graph, &order_file, &policy_refcount_path), 51);
	assert_int_equal(peak_results(graph, &order_file, &policy_donate), 50);
	graph_free(graph);
}

/* --- A slow, obvious oracle --------------------------------------------------- */

/* What is held after each step, worked out from the definitions alone. */
struct oracle {
	const struct graph *graph;
	const uint8_t *on_path;
	bool done[64], held[64];
};

static bool is_dep(const struct graph *graph, uint32_t node, uint32_t dep)
{
	for (uint32_t i = graph->dep_start[node]; i < graph->dep_start[node + 1]; i++)
		if (graph->deps[i] == dep)
			return true;
	return false;
}

static bool wanted(const struct oracle *oracle, uint32_t v, bool whole_graph)
{
	if (oracle->graph->flags[v] & NODE_REQUESTED)
		return true;
	for (uint32_t c = 0; c < oracle->graph->nodes; c++)
		if (is_dep(oracle->graph, c, v) && !oracle->done[c] &&
		    (whole_graph || oracle->on_path[c]))
			return true;
	return false;
}

static bool scan_drops(const struct oracle *oracle, uint32_t v)
{
	if (oracle->graph->flags[v] & NODE_REQUESTED)
		return false;
	for (uint32_t c = 0; c < oracle->graph->nodes; c++)
		if (is_dep(oracle->graph, c, v) &&
		    (!oracle->held[c] || oracle->graph->flags[c] & NODE_REQUESTED))
			return false;
	return true;
}

static void let_go(struct oracle *oracle, uint32_t node, const struct policy *policy)
{
	for (uint32_t v = 0; v < oracle->graph->nodes; v++) {
		if (policy == &policy_keep_all || !oracle->held[v])
			continue;
		if (policy == &policy_scan) {
			if (is_dep(oracle->graph, node, v) && scan_drops(oracle, v))
				oracle->held[v] = false;
		} else if (!wanted(oracle, v, policy == &policy_refcount)) {
			oracle->held[v] = false;
		}
	}
}

/* Some dependency that only `node` still waits for, and that is large enough. */
static bool takes_over(const struct oracle *oracle, uint32_t node)
{
	const struct graph *graph = oracle->graph;

	for (uint32_t d = 0; d < graph->nodes; d++) {
		bool others = graph->flags[d] & (NODE_REQUESTED | NODE_INPUT);

		for (uint32_t c = 0; c < graph->nodes; c++)
			others |= c != node && is_dep(graph, c, d) && oracle->on_path[c] &&
				!oracle->done[c];
		if (is_dep(graph, node, d) && !others &&
		    graph->size_bytes[d] >= graph->size_bytes[node])
			return true;
	}
	return false;
}

static uint64_t held_bytes(const struct oracle *oracle)
{
	uint64_t sum = 0;

	for (uint32_t v = 0; v < oracle->graph->nodes; v++)
		sum += oracle->held[v] ? oracle->graph->size_bytes[v] : 0;
	return sum;
}

static uint64_t oracle_peak(const struct plan *plan, const uint32_t *order,
			    const struct policy *policy, uint64_t *held_at_end)
{
	const struct graph *graph = plan->graph;
	struct oracle oracle = { .graph = graph, .on_path = plan->on_path };
	uint64_t peak = 0;

	for (uint32_t i = 0; i < plan->count; i++) {
		uint32_t v = order[i];
		uint64_t bytes = held_bytes(&oracle) + graph->transient_bytes[v];

		if (policy != &policy_donate || !(graph->flags[v] & NODE_IN_PLACE) ||
		    !takes_over(&oracle, v))
			bytes += graph->size_bytes[v];
		peak = bytes > peak ? bytes : peak;
		oracle.done[v] = oracle.held[v] = true;
		let_go(&oracle, v, policy);
	}
	*held_at_end = held_bytes(&oracle);
	return peak;
}

static void bookkeeping_equals_a_slow_oracle(void **state)
{
	uint64_t chance = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct graph *graph = dag_random_graph(&chance, 14);
		struct plan plan = dag_plan(graph);
		struct error err = ERROR_INIT;
		uint32_t *order;

		assert_int_equal(order_make(round % 2 ? &order_dfs : &order_bfs, &plan, &order, &err), 0);
		for (const struct policy *const *policy = policies; *policy; policy++) {
			struct simulation simulation;
			uint64_t held;

			assert_int_equal(simulate(&plan, order, *policy, NULL, &simulation, &err), 0);
			assert_int_equal(simulation.peak_bytes,
					 oracle_peak(&plan, order, *policy, &held));
			assert_int_equal(simulation.held_at_end_bytes, held);
		}
		free(order);
		plan_release(&plan);
		graph_free(graph);
	}
}

static void policies_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(policy_find("refcount-path"), &policy_refcount_path);
	assert_ptr_equal(policy_find("scan"), &policy_scan);
	assert_null(policy_find("refcount-"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_consumer_off_the_path_makes_scan_hold_its_dependency),
		cmocka_unit_test(a_pruned_consumer_makes_scan_hold_its_dependency_for_ever),
		cmocka_unit_test(scan_never_prunes_a_dependency_of_an_output),
		cmocka_unit_test(a_result_of_many_readers_goes_with_the_last),
		cmocka_unit_test(a_chain_peaks_at_all_two_or_one_results),
		cmocka_unit_test(blocks_of_a_map_are_pruned_item_by_item),
		cmocka_unit_test(bookkeeping_equals_a_slow_oracle),
		cmocka_unit_test(policies_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
