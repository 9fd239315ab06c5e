#include "runner/graph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void free_maps(struct graph *graph)
{
	for (uint32_t i = 0; i < graph->map_count; i++)
		graph_free(graph->maps[i].block);
	free(graph->maps);
}

/* A block holds no maps, so this goes one level deep at most. */
void graph_free(struct graph *graph)
{
	if (!graph)
		return;
	if (graph->named_deps != graph->deps)
		free(graph->named_deps);
	free(graph->dep_start);
	free(graph->deps);
	free(graph->consumer_start);
	free(graph->consumers);
	free(graph->size_bytes);
	free(graph->transient_bytes);
	free(graph->flags);
	free(graph->symbol);
	free(graph->node_of_symbol);
	symbols_release(&graph->names);
	free_maps(graph);
	free(graph);
}

uint32_t graph_find(const struct graph *graph, const char *name)
{
	uint32_t symbol = symbols_find(&graph->names, name, strlen(name));

	return symbol == SYMBOL_NONE ? NODE_NONE : graph->node_of_symbol[symbol];
}

const struct graph_map *graph_map_of(const struct graph *graph, uint32_t node)
{
	uint32_t low = 0, high = graph->map_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (graph->maps[middle].node < node)
			low = middle + 1;
		else
			high = middle;
	}
	assert(low < graph->map_count && graph->maps[low].node == node);
	return &graph->maps[low];
}

static uint64_t sum_of_results(const struct graph *graph)
{
	uint64_t sum = 0;

	for (uint32_t v = 0; v < graph->nodes; v++)
		if (!(graph->flags[v] & (NODE_INPUT | NODE_MAP)))
			sum += graph->size_bytes[v];
	return sum;
}

uint64_t graph_total_bytes(const struct graph *graph)
{
	uint64_t sum = sum_of_results(graph);

	/* The collected results of a map are its blocks' outputs: counted once. */
	for (uint32_t i = 0; i < graph->map_count; i++)
		sum += graph->maps[i].items * sum_of_results(graph->maps[i].block);
	return sum;
}
