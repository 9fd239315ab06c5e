/*
 * The stable topological order: always the ready node that stands earliest in
 * the file.  A file that is sorted already is taken as it is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/heap.h"
#include "runner/order.h"

static bool sorted(const struct plan *plan)
{
	const struct graph *graph = plan->graph;

	for (uint32_t v = 0; v < graph->nodes; v++) {
		uint32_t end = graph->dep_start[v + 1];

		if (end > graph->dep_start[v] && graph->deps[end - 1] > v)
			return false;
	}
	return true;
}

static void copy_file(const struct plan *plan, uint32_t *order)
{
	uint32_t count = 0;

	for (uint32_t v = 0; v < plan->graph->nodes; v++)
		if (plan->on_path[v])
			order[count++] = v;
}

static bool push_sources(const struct plan *plan, struct heap *ready)
{
	for (uint32_t v = 0; v < plan->graph->nodes; v++)
		if (plan->on_path[v] && !plan->pending[v] && !heap_push(ready, v, v))
			return false;
	return true;
}

/* One consumer less to wait for; ready ones join the heap. */
static bool push_consumers(const struct plan *plan, uint32_t node, uint32_t *pending,
			   struct heap *ready)
{
	const struct graph *graph = plan->graph;

	for (uint32_t i = graph->consumer_start[node]; i < graph->consumer_start[node + 1]; i++) {
		uint32_t c = graph->consumers[i];

		if (plan->on_path[c] && --pending[c] == 0 && !heap_push(ready, c, c))
			return false;
	}
	return true;
}

static bool pop_all(const struct plan *plan, uint32_t *order, uint32_t *pending, struct heap *ready)
{
	struct heap_entry entry;

	if (!push_sources(plan, ready))
		return false;
	while (heap_pop(ready, &entry)) {
		*order++ = entry.node;
		if (!push_consumers(plan, entry.node, pending, ready))
			return false;
	}
	return true;
}

static int fill(const struct plan *plan, uint32_t *order, struct error *err)
{
	size_t bytes = plan->graph->nodes * sizeof *plan->pending;
	struct heap ready = HEAP_INIT;

	if (sorted(plan)) {
		copy_file(plan, order);
		return 0;
	}
	uint32_t *pending = malloc(bytes);
	if (pending)
		memcpy(pending, plan->pending, bytes);
	bool done = pending && pop_all(plan, order, pending, &ready);
	heap_release(&ready);
	free(pending);
	return done ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory to order %u nodes", plan->count);
}

const struct order order_file = {
	.name = "file",
	.summary = "the ready node that stands earliest in the file",
	.fill = fill,
};
