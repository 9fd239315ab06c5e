/* Orders and the lower bound against brute force, and on real workflows. */
#include "runner/bound.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "tests/unit/dags.h"

/*
 * The smallest peak over all topological orders: dynamic programming over
 * sets of nodes, from the definitions.  `least[S]`: the smallest peak of a way
 * to have run S.
 */
struct brute {
	const struct plan *plan;
	uint64_t *least;
	bool in_place;
};

static bool has_run(uint32_t set, uint32_t node)
{
	return set >> node & 1;
}

/* Its dependencies that are executed have run, and it has not. */
static bool may_run(const struct plan *plan, uint32_t set, uint32_t v)
{
	const struct graph *graph = plan->graph;

	if (!plan->on_path[v] || has_run(set, v))
		return false;
	for (uint32_t i = graph->dep_start[v]; i < graph->dep_start[v + 1]; i++)
		if (plan->on_path[graph->deps[i]] && !has_run(set, graph->deps[i]))
			return false;
	return true;
}

static uint32_t readers_to_come(const struct plan *plan, uint32_t set, uint32_t v)
{
	const struct graph *graph = plan->graph;
	uint32_t count = 0;

	for (uint32_t i = graph->consumer_start[v]; i < graph->consumer_start[v + 1]; i++)
		count += plan->on_path[graph->consumers[i]] && !has_run(set, graph->consumers[i]);
	return count;
}

static uint64_t held(const struct plan *plan, uint32_t set)
{
	uint64_t sum = 0;

	for (uint32_t v = 0; v < plan->graph->nodes; v++)
		if (has_run(set, v) && (plan_requested(plan, v) || readers_to_come(plan, set, v)))
			sum += plan->graph->size_bytes[v];
	return sum;
}

/* What v needs on top of what is held. */
static uint64_t own(const struct brute *brute, uint32_t set, uint32_t v)
{
	const struct graph *graph = brute->plan->graph;

	if (brute->in_place && graph->flags[v] & NODE_IN_PLACE)
		for (uint32_t i = graph->dep_start[v]; i < graph->dep_start[v + 1]; i++) {
			uint32_t d = graph->deps[i];

			if (brute->plan->on_path[d] && !plan_requested(brute->plan, d) &&
			    readers_to_come(brute->plan, set, d) == 1 &&
			    graph->size_bytes[d] >= graph->size_bytes[v])
				return graph->transient_bytes[v];
		}
	return graph->size_bytes[v] + graph->transient_bytes[v];
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t optimum(const struct plan *plan, bool in_place)
{
	uint32_t sets = 1u << plan->graph->nodes, all = 0;
	struct brute brute = { plan, malloc(sets * sizeof(uint64_t)), in_place };

	memset(brute.least, 0xff, sets * sizeof(uint64_t));
	brute.least[0] = 0;
	for (uint32_t v = 0; v < plan->graph->nodes; v++)
		all |= (uint32_t)plan->on_path[v] << v;
	for (uint32_t set = 0; set < sets; set++) {
		if (brute.least[set] == UINT64_MAX)
			continue;
		for (uint32_t v = 0; v < plan->graph->nodes; v++) {
			if (!may_run(plan, set, v))
				continue;
			uint64_t peak = larger(brute.least[set], held(plan, set) + own(&brute, set, v));
			uint64_t *least = &brute.least[set | 1u << v];

			*least = peak < *least ? peak : *least;
		}
	}
	uint64_t best = brute.least[all];
	free(brute.least);
	return best;
}

static uint64_t bound_of(const struct plan *plan, bool in_place)
{
	struct bound_options options = BOUND_OPTIONS_INIT;
	struct error err = ERROR_INIT;
	struct bound bound;

	options.in_place = in_place;
	assert_int_equal(bound_compute(plan, &options, &bound, &err), 0);
	assert_true(bound.all_nodes);
	return bound.bytes;
}

static void exact_equals_brute_force_and_no_bound_exceeds_it(void **state)
{
	uint64_t chance = 7;
	int tight = 0, rounds = 600;

	(void)state;
	for (int round = 0; round < rounds; round++) {
		struct graph *graph = dag_random_graph(&chance, 12);
		struct plan plan = dag_plan(graph);
		uint64_t least = optimum(&plan, false);
		uint64_t bound = bound_of(&plan, false);

		assert_int_equal(dag_simulate(&plan, &order_exact, &policy_refcount_path).peak_bytes, least);
		assert_int_equal(dag_simulate(&plan, &order_best, &policy_refcount_path).peak_bytes, least);
		assert_true(bound <= least);
		tight += bound == least;
		assert_true(bound_of(&plan, true) <= optimum(&plan, true));
		plan_release(&plan);
		graph_free(graph);
	}
	/* Usually there is no gap. */
	assert_true(tight > rounds * 7 / 10);
}

static void no_order_beats_the_optimum(void **state)
{
	uint64_t chance = 11;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct graph *graph = dag_random_graph(&chance, 12);
		struct plan plan = dag_plan(graph);
		uint64_t least = optimum(&plan, false);

		for (const struct order *const *order = orders; *order; order++)
			assert_true(dag_simulate(&plan, *order, &policy_refcount_path).peak_bytes >= least);
		plan_release(&plan);
		graph_free(graph);
	}
}

/* A node's consumer is any one that comes later: a tree with the last as its root. */
static struct graph *random_tree(uint64_t *chance)
{
	struct graph_builder *builder = graph_builder_new("tree", NULL);
	struct error err = ERROR_INIT;
	struct graph *graph = NULL;
	uint32_t nodes = 2 + (uint32_t)(dag_random(chance) % 40), node;

	for (uint32_t i = 0; i < nodes; i++) {
		char name[16];
		struct node_spec spec = { .name = name, .size_bytes = dag_random(chance) % 30 };

		spec.name_length = (size_t)snprintf(name, sizeof name, "n%u", i);
		assert_int_equal(graph_builder_add(builder, &spec, &node, &err), 0);
	}
	for (uint32_t i = 0; i + 1 < nodes; i++) {
		uint32_t consumer = i + 1 + (uint32_t)(dag_random(chance) % (nodes - i - 1));

		assert_int_equal(graph_builder_depend(builder, consumer, i, &err), 0);
	}
	assert_int_equal(graph_builder_finish(builder, &graph, &err), 0);
	graph_builder_free(builder);
	return graph;
}

static void liu_is_no_worse_than_dfs_on_trees(void **state)
{
	uint64_t chance = 3;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct graph *graph = random_tree(&chance);
		struct plan plan = dag_plan(graph);

		assert_true(dag_simulate(&plan, &order_liu, &policy_refcount_path).peak_bytes <=
			    dag_simulate(&plan, &order_dfs, &policy_refcount_path).peak_bytes);
		plan_release(&plan);
		graph_free(graph);
	}
}

static void a_bound_short_of_work_is_still_a_bound(void **state)
{
	struct graph *graph = dag_real("mag-dirt02-001");
	struct plan plan = dag_plan(graph);
	struct bound_options options = BOUND_OPTIONS_INIT;
	struct error err = ERROR_INIT;
	struct bound bound;

	(void)state;
	for (options.work = 1; options.work < 10 * 1000 * 1000; options.work *= 3) {
		assert_int_equal(bound_compute(&plan, &options, &bound, &err), 0);
		assert_true(bound.bytes <= 114107098);
		assert_true(bound.bytes > 0);
		assert_true(bound.all_nodes ? bound.bytes == 114107098 : true);
	}
	assert_true(bound.all_nodes);
	plan_release(&plan);
	graph_free(graph);
}

static const struct workflow {
	const char *name;
	uint64_t bound;
	const char *gigabytes;  /* as published */
	uint64_t best_published;
	bool solved;            /* the bound is the optimum */
} workflows[] = {
	{ "bacass-dirt02-001", 157120958, "0.157", 183466895, true },
	{ "srasearch-chameleon-10a-001", 1793684314, "1.794", 1793684314, true },
	{ "mag-dirt02-001", 114107098, "0.114", 118356445, false },
	{ "smrnaseq-dirt02-001", 780933357, "0.781", 1145541130, false },
	{ "montage-chameleon-dss-15d-001", 4152429198, "4.152", 5044129000, false },
};

static void bounds_of_real_workflows_are_the_published_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof workflows / sizeof workflows[0]; i++) {
		struct graph *graph = dag_real(workflows[i].name);
		struct plan plan = dag_plan(graph);
		uint64_t bound = bound_of(&plan, false);
		char gigabytes[32];

		snprintf(gigabytes, sizeof gigabytes, "%.3f", (double)bound / 1e9);
		assert_string_equal(gigabytes, workflows[i].gigabytes);
		assert_int_equal(bound, workflows[i].bound);
		plan_release(&plan);
		graph_free(graph);
	}
}

static void best_is_never_worse_than_the_best_published(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof workflows / sizeof workflows[0]; i++) {
		struct graph *graph = dag_real(workflows[i].name);
		struct plan plan = dag_plan(graph);
		uint64_t best = dag_simulate(&plan, &order_best, &policy_refcount_path).peak_bytes;

		assert_true(best <= workflows[i].best_published);
		if (workflows[i].solved)
			assert_int_equal(best, workflows[i].bound);
		plan_release(&plan);
		graph_free(graph);
	}
}

static void exact_refuses_what_is_too_large(void **state)
{
	struct graph *graph = dag_load("chain:257:1");
	struct plan plan = dag_plan(graph);
	struct error err = ERROR_INIT;
	uint32_t *order;

	(void)state;
	assert_int_equal(order_make(&order_exact, &plan, &order, &err), ERROR_LIMIT);
	assert_non_null(strstr(err.message, "up to 256 nodes; this graph has 257"));
	plan_release(&plan);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_equals_brute_force_and_no_bound_exceeds_it),
		cmocka_unit_test(no_order_beats_the_optimum),
		cmocka_unit_test(liu_is_no_worse_than_dfs_on_trees),
		cmocka_unit_test(a_bound_short_of_work_is_still_a_bound),
		cmocka_unit_test(bounds_of_real_workflows_are_the_published_ones),
		cmocka_unit_test(best_is_never_worse_than_the_best_published),
		cmocka_unit_test(exact_refuses_what_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
