#include "runner/annotate.h"

#include <stdio.h>
#include <stdlib.h>

#include "dagmem.h"

enum { NAME_MAX_BYTES = 1024 }; /* as much as the tracer keeps */

uint32_t annotate_run_begin(void)
{
	static uint64_t runs;

	return dagmem_traced() ? dagmem_run_begin("dagrun", __atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED))
			       : 0;
}

void annotate_run_end(uint32_t run, int status)
{
	if (run)
		dagmem_run_end(run, status);
}

static uint32_t most_dependencies(const struct graph *graph)
{
	uint32_t most = 0;

	for (uint32_t v = 0; v < graph->nodes; v++)
		if (graph_dep_count(graph, v) > most)
			most = graph_dep_count(graph, v);
	return most;
}

/* `room` is for the ids of the node's dependencies. */
static uint32_t declare(const struct annotations *annotations, const struct graph *graph,
			uint32_t v, const char *map, uint32_t *room)
{
	const uint32_t *deps = graph->named_deps + graph->dep_start[v];
	/* An input takes the place of what its own dependencies would have made. */
	uint32_t count = graph->flags[v] & NODE_INPUT ? 0 : graph_dep_count(graph, v);
	char name[NAME_MAX_BYTES];
	uint32_t id;

	for (uint32_t i = 0; i < count; i++)
		room[i] = annotations->id[deps[i]];
	snprintf(name, sizeof name, "%s%s%s", map ? map : "", map ? "/" : "", graph_name(graph, v));
	id = dagmem_node_declare(name, room, count);
	if (graph->flags[v] & NODE_REQUESTED)
		dagmem_output_requested(id);
	return id;
}

void annotate_graph(struct annotations *annotations, const struct graph *graph,
		    const uint32_t *order, uint32_t count, const char *map)
{
	uint32_t *room;

	annotations->id = NULL;
	if (!dagmem_traced())
		return;
	annotations->id = calloc(graph->nodes, sizeof *annotations->id);
	room = malloc(((size_t)most_dependencies(graph) + 1) * sizeof *room);
	if (!annotations->id || !room) {
		annotate_release(annotations);
		free(room);
		return;
	}
	for (uint32_t v = 0; v < graph->nodes; v++)
		if (graph->flags[v] & NODE_INPUT)
			annotations->id[v] = declare(annotations, graph, v, map, room);
	for (uint32_t i = 0; i < count; i++)
		annotations->id[order[i]] = declare(annotations, graph, order[i], map, room);
	free(room);
}

void annotate_release(struct annotations *annotations)
{
	free(annotations->id);
	annotations->id = NULL;
}

void annotate_begin(const struct annotations *annotations, uint32_t node)
{
	if (annotations->id)
		dagmem_node_begin(annotations->id[node]);
}

void annotate_end(const struct annotations *annotations, uint32_t node, int status)
{
	if (annotations->id)
		dagmem_node_end(annotations->id[node], status);
}

void annotate_produced(const struct annotations *annotations, uint32_t node,
		       const struct dagrun_value *value)
{
	if (annotations->id && value->data)
		dagmem_result_produced(annotations->id[node], value->data, value->bytes);
}

void annotate_released(const struct annotations *annotations, uint32_t node,
		       const struct dagrun_value *value)
{
	if (annotations->id && value->data)
		dagmem_result_released(annotations->id[node], value->data);
}

void annotate_collected(const struct annotations *annotations, uint32_t node,
			const struct dagrun_items *items)
{
	if (!annotations->id)
		return;
	dagmem_result_produced(annotations->id[node], items, 0);
	dagmem_result_produced(annotations->id[node], items->values, 0);
	for (size_t i = 0; i < items->count; i++)
		annotate_produced(annotations, node, &items->values[i]);
}

void annotate_dispersed(const struct annotations *annotations, uint32_t node)
{
	if (annotations->id)
		dagmem_result_released(annotations->id[node], NULL);
}

void annotate_run_ended(void)
{
	dagmem_snapshot(ANNOTATE_END_LABEL);
}
