#include "runner/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Put a node on the path and the stack, unless it is there or needs no execution. */
static void visit(struct plan *plan, uint32_t node, uint32_t *stack, uint32_t *depth)
{
	if (plan->on_path[node] || plan->graph->flags[node] & NODE_INPUT)
		return;
	plan->on_path[node] = 1;
	plan->count++;
	stack[(*depth)++] = node;
}

/* Each node enters the stack once: `stack` has room for all. */
static void walk_back(struct plan *plan, uint32_t *stack)
{
	const struct graph *graph = plan->graph;
	uint32_t depth = 0;

	for (uint32_t v = 0; v < graph->nodes; v++)
		if (graph->flags[v] & NODE_REQUESTED)
			visit(plan, v, stack, &depth);
	while (depth) {
		uint32_t v = stack[--depth];

		for (uint32_t i = graph->dep_start[v]; i < graph->dep_start[v + 1]; i++)
			visit(plan, graph->deps[i], stack, &depth);
	}
}

static void count_edges(struct plan *plan)
{
	const struct graph *graph = plan->graph;

	for (uint32_t v = 0; v < graph->nodes; v++) {
		if (!plan->on_path[v])
			continue;
		for (uint32_t i = graph->dep_start[v]; i < graph->dep_start[v + 1]; i++) {
			plan->pending[v] += plan->on_path[graph->deps[i]];
			plan->readers[graph->deps[i]]++;
		}
	}
}

int plan_init(struct plan *plan, const struct graph *graph, struct error *err)
{
	uint32_t *stack = malloc(graph->nodes * sizeof *stack);

	*plan = (struct plan){ .graph = graph };
	plan->on_path = calloc(graph->nodes, sizeof *plan->on_path);
	plan->pending = calloc(graph->nodes, sizeof *plan->pending);
	plan->readers = calloc(graph->nodes, sizeof *plan->readers);
	if (!stack || !plan->on_path || !plan->pending || !plan->readers) {
		free(stack);
		plan_release(plan);
		return error_set(err, ERROR_NO_MEMORY, "no memory to plan %u nodes", graph->nodes);
	}
	walk_back(plan, stack);
	free(stack);
	count_edges(plan);
	return 0;
}

void plan_release(struct plan *plan)
{
	free(plan->on_path);
	free(plan->pending);
	free(plan->readers);
	*plan = (struct plan){ 0 };
}

static bool deps_done(const struct plan *plan, const uint8_t *done, uint32_t v)
{
	const struct graph *graph = plan->graph;

	for (uint32_t i = graph->dep_start[v]; i < graph->dep_start[v + 1]; i++)
		if (plan->on_path[graph->deps[i]] && !done[graph->deps[i]])
			return false;
	return true;
}

bool plan_accepts(const struct plan *plan, const uint32_t *order)
{
	uint8_t *done = calloc(plan->graph->nodes, 1);
	bool fine = done != NULL;

	for (uint32_t i = 0; fine && i < plan->count; i++) {
		uint32_t v = order[i];

		fine = v < plan->graph->nodes && plan->on_path[v] && !done[v] &&
			deps_done(plan, done, v);
		if (fine)
			done[v] = 1;
	}
	free(done);
	return fine;
}
