/*
 * Always the ready node that adds least: its size minus what its end lets go.
 *
 * The net of a node falls only when it becomes the last reader of something.
 * Then it is pushed again; entries that no longer tell the node's net are
 * skipped when they come up.  At most V + E entries: O((V+E) log V).
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/heap.h"
#include "runner/order.h"

struct greedy {
	const struct plan *plan;
	uint32_t *pending;      /* dependencies to wait for; 0 = ready or done */
	uint32_t *remaining;    /* readers to come */
	int64_t *net_bytes;
	uint8_t *done;
	struct heap ready;
};

/* Its result stays or was never there: reading it last lets nothing go. */
static bool stays(const struct plan *plan, uint32_t node)
{
	return !plan->on_path[node] || plan_requested(plan, node);
}

static uint32_t reader_left(const struct greedy *greedy, uint32_t dep)
{
	const struct graph *graph = greedy->plan->graph;
	uint32_t i = graph->consumer_start[dep];

	while (!greedy->plan->on_path[graph->consumers[i]] || greedy->done[graph->consumers[i]])
		i++;
	return graph->consumers[i];
}

/* `dep` has one reader left, whose end will let it go. */
static bool credit_last_reader(struct greedy *greedy, uint32_t dep)
{
	uint32_t reader = reader_left(greedy, dep);

	greedy->net_bytes[reader] -= (int64_t)greedy->plan->graph->size_bytes[dep];
	return greedy->pending[reader] || heap_push(&greedy->ready, greedy->net_bytes[reader], reader);
}

static bool start(struct greedy *greedy)
{
	const struct plan *plan = greedy->plan;

	for (uint32_t v = 0; v < plan->graph->nodes; v++)
		greedy->net_bytes[v] = (int64_t)plan->graph->size_bytes[v];
	for (uint32_t v = 0; v < plan->graph->nodes; v++) {
		if (!plan->on_path[v])
			continue;
		if (greedy->remaining[v] == 1 && !stays(plan, v)) {
			uint32_t reader = reader_left(greedy, v);

			greedy->net_bytes[reader] -= (int64_t)plan->graph->size_bytes[v];
		}
	}
	for (uint32_t v = 0; v < plan->graph->nodes; v++)
		if (plan->on_path[v] && !greedy->pending[v] &&
		    !heap_push(&greedy->ready, greedy->net_bytes[v], v))
			return false;
	return true;
}

static bool finish(struct greedy *greedy, uint32_t node)
{
	const struct plan *plan = greedy->plan;
	const struct graph *graph = plan->graph;

	greedy->done[node] = 1;
	for (uint32_t i = graph->dep_start[node]; i < graph->dep_start[node + 1]; i++) {
		uint32_t dep = graph->deps[i];

		if (--greedy->remaining[dep] == 1 && !stays(plan, dep) &&
		    !credit_last_reader(greedy, dep))
			return false;
	}
	for (uint32_t i = graph->consumer_start[node]; i < graph->consumer_start[node + 1]; i++) {
		uint32_t c = graph->consumers[i];

		if (plan->on_path[c] && --greedy->pending[c] == 0 &&
		    !heap_push(&greedy->ready, greedy->net_bytes[c], c))
			return false;
	}
	return true;
}

static bool choose_all(struct greedy *greedy, uint32_t *order)
{
	struct heap_entry entry;

	if (!start(greedy))
		return false;
	while (heap_pop(&greedy->ready, &entry)) {
		if (greedy->done[entry.node] || entry.key != greedy->net_bytes[entry.node])
			continue;
		*order++ = entry.node;
		if (!finish(greedy, entry.node))
			return false;
	}
	return true;
}

static int fill(const struct plan *plan, uint32_t *order, struct error *err)
{
	size_t nodes = plan->graph->nodes;
	struct greedy greedy = {
		.plan = plan,
		.pending = malloc(nodes * sizeof(uint32_t)),
		.remaining = malloc(nodes * sizeof(uint32_t)),
		.net_bytes = malloc(nodes * sizeof(int64_t)),
		.done = calloc(nodes, 1),
	};
	bool done = greedy.pending && greedy.remaining && greedy.net_bytes && greedy.done;

	if (done) {
		memcpy(greedy.pending, plan->pending, nodes * sizeof(uint32_t));
		memcpy(greedy.remaining, plan->readers, nodes * sizeof(uint32_t));
		done = choose_all(&greedy, order);
	}
	heap_release(&greedy.ready);
	free(greedy.pending);
	free(greedy.remaining);
	free(greedy.net_bytes);
	free(greedy.done);
	return done ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory to order %u nodes", plan->count);
}

const struct order order_greedy = {
	.name = "greedy",
	.summary = "the ready node that adds least: its size minus what its end lets go",
	.fill = fill,
};
