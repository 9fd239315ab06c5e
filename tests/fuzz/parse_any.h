/*
 * parse_any: what the fuzz targets of the DAG parsers have in common.
 *
 * Any bytes are either refused with words, or a graph that keeps what graph.h
 * promises and can be planned, ordered, bounded and simulated.
 */
#ifndef DAGMEM_TESTS_FUZZ_PARSE_ANY_H
#define DAGMEM_TESTS_FUZZ_PARSE_ANY_H

#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "runner/bound.h"
#include "runner/graph_build.h"
#include "runner/order.h"
#include "runner/parse.h"
#include "runner/plan.h"
#include "runner/policy.h"
#include "runner/simulate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int parse_function(const char *bytes, size_t length, struct graph_builder *builder,
			   struct error *err);

static inline void require(int condition)
{
	if (!condition)
		abort();
}

static inline void check_lists(const struct graph *graph)
{
	require(graph->dep_start[graph->nodes] == graph->edges);
	require(graph->consumer_start[graph->nodes] == graph->edges);
	for (uint32_t v = 0; v < graph->nodes; v++) {
		require(graph_find(graph, graph_name(graph, v)) == v);
		for (uint32_t i = graph->dep_start[v]; i < graph->dep_start[v + 1]; i++) {
			require(graph->deps[i] < graph->nodes && graph->deps[i] != v);
			require(i == graph->dep_start[v] || graph->deps[i] > graph->deps[i - 1]);
		}
	}
}

static inline void check_peaks(const struct plan *plan, const struct order *order)
{
	struct error err = ERROR_INIT;
	struct bound_options options = { .work = 100000 };
	struct simulation simulation;
	struct bound bound;
	uint32_t *sequence = NULL;

	require(order_make(order, plan, &sequence, &err) == 0 && plan_accepts(plan, sequence));
	require(bound_compute(plan, &options, &bound, &err) == 0);
	for (const struct policy *const *policy = policies; *policy; policy++) {
		require(simulate(plan, sequence, *policy, NULL, &simulation, &err) == 0);
		require((*policy)->in_place || simulation.peak_bytes >= bound.bytes);
		require(simulation.held_at_end_bytes <= simulation.peak_bytes);
	}
	free(sequence);
}

static inline void check_graph(const struct graph *graph)
{
	struct error err = ERROR_INIT;
	struct plan plan;

	check_lists(graph);
	require(plan_init(&plan, graph, &err) == 0);
	check_peaks(&plan, &order_file);
	check_peaks(&plan, &order_greedy);
	check_peaks(&plan, &order_liu);
	plan_release(&plan);
}

static inline int parse_any(parse_function *parse, const uint8_t *data, size_t size)
{
	struct graph_builder *builder = graph_builder_new("fuzz", NULL);
	struct error err = ERROR_INIT;
	struct graph *graph = NULL;
	int code = builder ? parse((const char *)data, size, builder, &err) : ERROR_NO_MEMORY;

	if (code == 0)
		code = graph_builder_finish(builder, &graph, &err);
	graph_builder_free(builder);
	if (code == 0)
		check_graph(graph);
	else
		require(err.message[0] && err.code == code);
	graph_free(graph);
	return 0;
}

#endif
