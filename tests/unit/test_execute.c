#include "runner/execute.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "runner/payload.h"
#include "tests/unit/dags.h"

/* One execution of a graph with a payload, and what came of it. */
struct outcome {
	int code;
	struct error err;
	struct execution_report report;
	uint64_t digest;        /* of all outputs */
};

/* Inputs hold no memory of their own: NULL, 0. */
static struct outcome run(const struct graph *graph, const struct order *order, const char *payload_name,
			  struct execution_options options)
{
	struct outcome outcome = { .err = ERROR_INIT };
	struct plan plan = dag_plan(graph);
	struct dagrun_value *outputs = calloc(graph->nodes, sizeof *outputs);
	struct payload *payload;
	uint32_t *sequence;

	assert_int_equal(payload_new(payload_name, graph, &payload, &outcome.err), 0);
	assert_int_equal(order_make(order, &plan, &sequence, &outcome.err), 0);
	options.order = sequence;
	outcome.code = execute(&plan, &payload_ops, payload, NULL, &options, outputs, &outcome.report,
			       &outcome.err);
	for (uint32_t v = 0, i = 0; outcome.code == 0 && v < graph->nodes; v++) {
		if (!(graph->flags[v] & NODE_REQUESTED))
			continue;
		if (!(graph->flags[v] & (NODE_INPUT | NODE_MAP))) {
			outcome.digest = outcome.digest * 31 + payload_digest(payload, outputs[i]);
			payload_ops.destroy(payload, v, outputs[i]);
		}
		i++;
	}
	free(outputs);
	free(sequence);
	payload_free(payload);
	plan_release(&plan);
	return outcome;
}

static void one_worker_keeps_the_books_of_the_simulation(void **state)
{
	uint64_t chance = 5;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct graph *graph = dag_random_graph(&chance, 20);
		struct plan plan = dag_plan(graph);

		for (const struct policy *const *policy = policies; *policy; policy++) {
			struct simulation expected = dag_simulate(&plan, &order_greedy, *policy);
			struct outcome outcome = run(graph, &order_greedy, "transform",
				(struct execution_options){ .policy = *policy, .workers = 1 });

			assert_int_equal(outcome.code, 0);
			assert_int_equal(outcome.report.executed, plan.count);
			assert_int_equal(outcome.report.peak_bytes, expected.peak_bytes);
			assert_int_equal(outcome.report.held_at_end_bytes, expected.held_at_end_bytes);
		}
		plan_release(&plan);
		graph_free(graph);
	}
}

static void results_do_not_depend_on_policy_order_or_workers(void **state)
{
	uint64_t chance = 6;

	(void)state;
	for (int round = 0; round < 60; round++) {
		struct graph *graph = dag_random_graph(&chance, 30);
		uint64_t digest = run(graph, &order_file, "transform",
			(struct execution_options){ .policy = &policy_keep_all, .workers = 1 }).digest;

		for (const struct policy *const *policy = policies; *policy; policy++)
			for (unsigned workers = 1; workers <= 4; workers++) {
				struct outcome outcome = run(graph, workers % 2 ? &order_dfs : &order_bfs,
					"transform",
					(struct execution_options){ .policy = *policy, .workers = workers });

				assert_int_equal(outcome.code, 0);
				assert_int_equal(outcome.digest, digest);
			}
		graph_free(graph);
	}
}

static void file_payloads_give_results_too(void **state)
{
	struct graph *graph = dag_load("layered:3:4x4:100KiB");
	struct execution_options options = { .policy = &policy_refcount_path, .workers = 2 };
	struct outcome one = run(graph, &order_file, "file", options);
	struct outcome two = run(graph, &order_dfs, "file", options);

	(void)state;
	assert_int_equal(one.code, 0);
	assert_int_equal(one.digest, two.digest);
	assert_int_not_equal(one.digest, 0);
	graph_free(graph);
}

static void maps_keep_the_books_of_the_simulation(void **state)
{
	struct graph *graph = dag_from_text("node config 10\nmap sweep 20 < config\nnode a 7 < item\n"
					    "node b 9 in-place < a\nnode c 3 in-place < b\nend\n"
					    "node report 5 < sweep\n");
	struct plan plan = dag_plan(graph);

	(void)state;
	for (const struct policy *const *policy = policies; *policy; policy++) {
		struct simulation expected = dag_simulate(&plan, &order_file, *policy);
		struct outcome outcome = run(graph, &order_file, "transform",
			(struct execution_options){ .policy = *policy, .workers = 1 });

		assert_int_equal(outcome.code, 0);
		assert_int_equal(outcome.report.peak_bytes, expected.peak_bytes);
		assert_int_equal(outcome.report.held_at_end_bytes, expected.held_at_end_bytes);
	}
	plan_release(&plan);
	graph_free(graph);
}

/* 3,000 runs with 4 workers at 1.0 to 1.3 times the order's peak. */
static void a_budget_of_the_peak_never_stalls_and_is_kept(void **state)
{
	uint64_t chance = 8;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct graph *graph = dag_random_graph(&chance, 24);
		struct plan plan = dag_plan(graph);
		const struct order *order = orders[round % 5];
		uint64_t peak = dag_simulate(&plan, order, &policy_refcount_path).peak_bytes;
		uint64_t budget = peak + peak * (dag_random(&chance) % 4) / 10;
		struct outcome outcome = run(graph, order, "none", (struct execution_options){
			.policy = round % 7 ? &policy_refcount_path : &policy_donate,
			.workers = 4, .budget_bytes = budget });

		if (outcome.code != 0)
			fail_msg("%s", outcome.err.message);
		assert_int_equal(outcome.report.executed, plan.count);
		if (budget)
			assert_true(outcome.report.peak_bytes <= budget);
		plan_release(&plan);
		graph_free(graph);
	}
}

static void a_budget_that_is_too_small_ends_the_run_and_names_the_node(void **state)
{
	struct graph *graph = dag_from_text("node a 10\nnode b 10\nnode c 1 < a b\n");
	struct outcome outcome = run(graph, &order_file, "transform", (struct execution_options){
		.policy = &policy_refcount_path, .workers = 3, .budget_bytes = 20 });

	(void)state;
	assert_int_equal(outcome.code, ERROR_LIMIT);
	assert_non_null(strstr(outcome.err.message, "node 'c' needs 1 B on top of 20 B held"));
	assert_int_equal(outcome.report.executed, 2);
	graph_free(graph);
}

static void a_limit_stops_before_the_node_that_would_pass_it(void **state)
{
	struct graph *graph = dag_load("chain:10:100");
	struct outcome outcome = run(graph, &order_file, "transform", (struct execution_options){
		.policy = &policy_keep_all, .workers = 1, .limit_bytes = 350 });

	(void)state;
	assert_int_equal(outcome.code, ERROR_LIMIT);
	assert_non_null(strstr(outcome.err.message, "stopped at node 'n3' with 300 B held"));
	assert_int_equal(outcome.report.executed, 3);
	assert_int_equal(outcome.report.skipped, 7);
	graph_free(graph);
}

static void a_chain_of_a_million_nodes_runs(void **state)
{
	struct graph *graph = dag_load("chain:1000000:16");
	struct outcome outcome = run(graph, &order_dfs, "transform",
		(struct execution_options){ .policy = &policy_refcount_path, .workers = 1 });

	(void)state;
	assert_int_equal(outcome.code, 0);
	assert_int_equal(outcome.report.executed, 1000000);
	assert_int_equal(outcome.report.peak_bytes, 32);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_worker_keeps_the_books_of_the_simulation),
		cmocka_unit_test(results_do_not_depend_on_policy_order_or_workers),
		cmocka_unit_test(file_payloads_give_results_too),
		cmocka_unit_test(maps_keep_the_books_of_the_simulation),
		cmocka_unit_test(a_budget_of_the_peak_never_stalls_and_is_kept),
		cmocka_unit_test(a_budget_that_is_too_small_ends_the_run_and_names_the_node),
		cmocka_unit_test(a_limit_stops_before_the_node_that_would_pass_it),
		cmocka_unit_test(a_chain_of_a_million_nodes_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
