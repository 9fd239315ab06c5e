/*
 * The peaks of five real workflows under each policy and order, to the byte;
 * docs/DAG.md prints them in GB.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/dags.h"

static const struct workflow {
	const char *name;
	uint32_t tasks, edges;
	uint64_t keep_all, scan, scan_held, file, greedy, liu;
	const char *gigabytes;  /* keep-all, scan, file, greedy, liu as published */
} workflows[] = {
	{ "bacass-dirt02-001", 11, 14,
	  298446778, 189379326, 42530362, 236455048, 183466895, 231996038,
	  "0.298 0.189 0.236 0.183 0.232" },
	{ "srasearch-chameleon-10a-001", 22, 30,
	  10686723449, 1793687373, 5811, 1793687373, 1793687373, 1793684314,
	  "10.687 1.794 1.794 1.794 1.794" },
	{ "mag-dirt02-001", 157, 282,
	  361693625, 228841649, 214568998, 224592680, 206421759, 118356445,
	  "0.362 0.229 0.225 0.206 0.118" },
	{ "smrnaseq-dirt02-001", 197, 344,
	  4352186579, 2052830131, 1939220939, 2438237517, 1145541130, 2275197257,
	  "4.352 2.053 2.438 1.146 2.275" },
	{ "montage-chameleon-dss-15d-001", 2122, 6114,
	  23493044910, 16100298331, 12486234405, 5093733211, 6162369380, 5044129000,
	  "23.493 16.100 5.094 6.162 5.044" },
};

enum { WORKFLOWS = sizeof workflows / sizeof workflows[0] };

static void check_peaks(const struct workflow *expected, const struct plan *plan)
{
	char gigabytes[100];
	struct simulation keep_all = dag_simulate(plan, &order_dfs, &policy_keep_all);
	struct simulation scan = dag_simulate(plan, &order_dfs, &policy_scan);
	struct simulation file = dag_simulate(plan, &order_file, &policy_refcount_path);
	struct simulation greedy = dag_simulate(plan, &order_greedy, &policy_refcount_path);
	struct simulation liu = dag_simulate(plan, &order_liu, &policy_refcount_path);

	assert_int_equal(keep_all.peak_bytes, expected->keep_all);
	assert_int_equal(keep_all.held_at_end_bytes, expected->keep_all);
	assert_int_equal(scan.peak_bytes, expected->scan);
	assert_int_equal(scan.held_at_end_bytes, expected->scan_held);
	assert_int_equal(file.peak_bytes, expected->file);
	assert_int_equal(greedy.peak_bytes, expected->greedy);
	assert_int_equal(liu.peak_bytes, expected->liu);
	snprintf(gigabytes, sizeof gigabytes, "%.3f %.3f %.3f %.3f %.3f",
		 (double)keep_all.peak_bytes / 1e9, (double)scan.peak_bytes / 1e9,
		 (double)file.peak_bytes / 1e9, (double)greedy.peak_bytes / 1e9,
		 (double)liu.peak_bytes / 1e9);
	assert_string_equal(gigabytes, expected->gigabytes);
}

static void peaks_are_the_published_ones(void **state)
{
	(void)state;
	for (int i = 0; i < WORKFLOWS; i++) {
		struct graph *graph = dag_real(workflows[i].name);
		struct plan plan = dag_plan(graph);

		assert_int_equal(graph->nodes, workflows[i].tasks);
		assert_int_equal(graph->edges, workflows[i].edges);
		check_peaks(&workflows[i], &plan);
		plan_release(&plan);
		graph_free(graph);
	}
}

/* 11.01 GB of diamond leftovers, 1.40 of dependencies of outputs, 0.08 of outputs. */
static void scan_leaves_diamonds_and_dependencies_of_outputs(void **state)
{
	struct graph *graph = dag_real("montage-chameleon-dss-15d-001");
	struct plan plan = dag_plan(graph);
	uint64_t outputs = 0, deps_of_outputs = 0;

	(void)state;
	for (uint32_t v = 0; v < graph->nodes; v++) {
		bool feeds_output = false;

		for (uint32_t i = graph->consumer_start[v]; i < graph->consumer_start[v + 1]; i++)
			feeds_output |= plan_requested(&plan, graph->consumers[i]);
		if (plan_requested(&plan, v))
			outputs += graph->size_bytes[v];
		else if (feeds_output)
			deps_of_outputs += graph->size_bytes[v];
	}
	uint64_t held = dag_simulate(&plan, &order_dfs, &policy_scan).held_at_end_bytes;
	assert_int_equal((outputs + 5000000) / 10000000, 8);
	assert_int_equal((deps_of_outputs + 5000000) / 10000000, 140);
	assert_int_equal((held - outputs - deps_of_outputs + 5000000) / 10000000, 1101);
	plan_release(&plan);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peaks_are_the_published_ones),
		cmocka_unit_test(scan_leaves_diamonds_and_dependencies_of_outputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
