/*
 * Breadth-first: sources in file order, then whatever became ready first.
 * The order array is its own queue.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/order.h"

static int fill(const struct plan *plan, uint32_t *order, struct error *err)
{
	const struct graph *graph = plan->graph;
	size_t bytes = graph->nodes * sizeof *plan->pending;
	uint32_t *pending = malloc(bytes);
	uint32_t head = 0, tail = 0;

	if (!pending)
		return error_set(err, ERROR_NO_MEMORY, "no memory to order %u nodes", plan->count);
	memcpy(pending, plan->pending, bytes);
	for (uint32_t v = 0; v < graph->nodes; v++)
		if (plan->on_path[v] && !pending[v])
			order[tail++] = v;
	while (head < tail) {
		uint32_t v = order[head++];

		for (uint32_t i = graph->consumer_start[v]; i < graph->consumer_start[v + 1]; i++) {
			uint32_t c = graph->consumers[i];

			if (plan->on_path[c] && --pending[c] == 0)
				order[tail++] = c;
		}
	}
	free(pending);
	return 0;
}

const struct order order_bfs = {
	.name = "bfs",
	.summary = "breadth-first from the sources",
	.fill = fill,
};
