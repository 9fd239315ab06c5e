#include "runner/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "tests/unit/dags.h"

static void refused(const char *text, const char *why)
{
	char message[512];

	assert_int_equal(dag_text_error(text, message), ERROR_FORMAT);
	if (!strstr(message, why))
		fail_msg("'%s' does not say '%s'", message, why);
}

static void edges_stand_both_ways_and_ascending(void **state)
{
	struct graph *graph = dag_from_text("node late 1 < c a b\nnode a\nnode b\nnode c < a\n");

	(void)state;
	assert_int_equal(graph->edges, 4);
	assert_int_equal(graph_dep_count(graph, 0), 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(graph->deps[i], i + 1);
	assert_int_equal(graph->named_deps[0], 3);
	assert_int_equal(graph->consumers[graph->consumer_start[1]], 0);
	assert_int_equal(graph->consumers[graph->consumer_start[1] + 1], 3);
	graph_free(graph);
}

static void a_dependency_named_twice_counts_once(void **state)
{
	struct graph *graph = dag_from_text("node a\nnode b < a a\n");
	struct plan plan = dag_plan(graph);

	(void)state;
	assert_int_equal(graph->edges, 1);
	assert_int_equal(plan.readers[0], 1);
	assert_int_equal(plan.pending[1], 1);
	plan_release(&plan);
	graph_free(graph);
}

static void nodes_are_found_by_name(void **state)
{
	struct graph *graph = dag_from_text("node \"a b\"\nnode c < \"a b\"\n");

	(void)state;
	assert_int_equal(graph_find(graph, "a b"), 0);
	assert_int_equal(graph_find(graph, "c"), 1);
	assert_int_equal(graph_find(graph, "a"), NODE_NONE);
	assert_string_equal(graph_name(graph, 0), "a b");
	graph_free(graph);
}

static void sinks_are_the_outputs_unless_named(void **state)
{
	struct graph *graph = dag_from_text("node a\nnode b < a\nnode c < a\n");

	(void)state;
	assert_int_equal(graph->flags[0], 0);
	assert_int_equal(graph->flags[1], NODE_REQUESTED);
	assert_int_equal(graph->flags[2], NODE_REQUESTED);
	graph_free(graph);
	graph = dag_from_text("node a\nnode b < a\nnode c < a\noutput a\n");
	assert_int_equal(graph->flags[0], NODE_REQUESTED);
	assert_int_equal(graph->flags[2], 0);
	graph_free(graph);
}

static void a_cycle_is_refused_with_its_names(void **state)
{
	(void)state;
	refused("node a < a\n", "test.dag: 1 node on a cycle: a <- a");
	refused("node x\nnode a < c x\nnode b < a\nnode c < b\nnode behind < c\n", "3 nodes on a cycle: ");
	refused("node x\nnode a < c x\nnode b < a\nnode c < b\n", "b <- a <- c");
}

static void a_long_cycle_is_shortened(void **state)
{
	char text[40000] = "node n0 < n999\n", message[512];

	(void)state;
	for (int i = 1; i < 1000; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "node n%d < n%d\n", i, i - 1);
	assert_int_equal(dag_text_error(text, message), ERROR_FORMAT);
	assert_non_null(strstr(message, "1000 nodes on a cycle: "));
	assert_non_null(strstr(message, "... <- "));
}

static void what_is_not_defined_is_refused_with_its_line(void **state)
{
	(void)state;
	refused("node a\nnode b < a nix\n", "test.dag:2: node 'b' depends on 'nix', which is not defined");
	refused("node a\n\noutput nix\n", "test.dag:3: output 'nix' is not a node");
	refused("node a\nnode b\nnode a\n", "test.dag:3: node 'a' is defined twice, first on line 1");
	refused("", "test.dag: there are no nodes");
}

static void sizes_beyond_8_eib_are_refused(void **state)
{
	(void)state;
	refused("node a 6000000T\nnode b 3000000T\n", "test.dag:2: sizes up to node 'b' add up to more");
}

static void only_what_outputs_need_is_executed(void **state)
{
	struct graph *graph = dag_from_text("input given\nnode before < given\nnode a < before\n"
					    "node unused < a\noutput a\n");
	struct plan plan = dag_plan(graph);

	(void)state;
	assert_int_equal(plan.count, 2);
	assert_false(plan.on_path[graph_find(graph, "given")]);
	assert_false(plan.on_path[graph_find(graph, "unused")]);
	assert_int_equal(plan.pending[graph_find(graph, "before")], 0);
	assert_int_equal(plan.readers[graph_find(graph, "a")], 0);
	plan_release(&plan);
	graph_free(graph);
}

static void a_chain_of_a_million_nodes_is_built_and_planned(void **state)
{
	struct graph *graph = dag_load("chain:1000000:3");
	struct plan plan = dag_plan(graph);

	(void)state;
	assert_int_equal(graph->edges, 999999);
	assert_int_equal(plan.count, 1000000);
	assert_int_equal(dag_simulate(&plan, &order_dfs, &policy_refcount_path).peak_bytes, 6);
	assert_int_equal(dag_simulate(&plan, &order_liu, &policy_refcount_path).peak_bytes, 6);
	assert_int_equal(dag_simulate(&plan, &order_greedy, &policy_donate).peak_bytes, 3);
	plan_release(&plan);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_stand_both_ways_and_ascending),
		cmocka_unit_test(a_dependency_named_twice_counts_once),
		cmocka_unit_test(nodes_are_found_by_name),
		cmocka_unit_test(sinks_are_the_outputs_unless_named),
		cmocka_unit_test(a_cycle_is_refused_with_its_names),
		cmocka_unit_test(a_long_cycle_is_shortened),
		cmocka_unit_test(what_is_not_defined_is_refused_with_its_line),
		cmocka_unit_test(sizes_beyond_8_eib_are_refused),
		cmocka_unit_test(only_what_outputs_need_is_executed),
		cmocka_unit_test(a_chain_of_a_million_nodes_is_built_and_planned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
