#include "runner/postorder.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* `next[v]`: where in `deps` to go on at v; NODE_NONE = not seen yet. */
struct walk {
	const struct plan *plan;
	const uint32_t *deps;
	uint32_t *next, *stack;
	uint32_t depth;
};

static void enter(struct walk *walk, uint32_t node)
{
	if (!walk->plan->on_path[node] || walk->next[node] != NODE_NONE)
		return;
	walk->next[node] = walk->plan->graph->dep_start[node];
	walk->stack[walk->depth++] = node;
}

/* Go down until a node has no dependency left to enter; `*order` moves on. */
static void unwind(struct walk *walk, uint32_t **order)
{
	while (walk->depth) {
		uint32_t v = walk->stack[walk->depth - 1];

		if (walk->next[v] < walk->plan->graph->dep_start[v + 1]) {
			enter(walk, walk->deps[walk->next[v]++]);
			continue;
		}
		walk->depth--;
		*(*order)++ = v;
	}
}

int postorder(const struct plan *plan, const uint32_t *deps, const uint32_t *outputs,
	      uint32_t output_count, uint32_t *order, struct error *err)
{
	size_t bytes = plan->graph->nodes * sizeof(uint32_t);
	struct walk walk = { .plan = plan, .deps = deps, .next = malloc(bytes), .stack = malloc(bytes) };
	int code = 0;

	if (walk.next && walk.stack) {
		memset(walk.next, 0xff, bytes);
		for (uint32_t i = 0; i < output_count; i++) {
			enter(&walk, outputs[i]);
			unwind(&walk, &order);
		}
	} else {
		code = error_set(err, ERROR_NO_MEMORY, "no memory to order %u nodes", plan->count);
	}
	free(walk.next);
	free(walk.stack);
	return code;
}

uint32_t *postorder_outputs(const struct plan *plan, uint32_t *count)
{
	const struct graph *graph = plan->graph;
	uint32_t *outputs = malloc(((size_t)plan->count + 1) * sizeof *outputs);

	*count = 0;
	for (uint32_t v = 0; outputs && v < graph->nodes; v++)
		if (plan->on_path[v] && graph->flags[v] & NODE_REQUESTED)
			outputs[(*count)++] = v;
	return outputs;
}
