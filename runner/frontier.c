#include "runner/frontier.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int frontier_init(struct frontier *frontier, const struct plan *plan, struct error *err)
{
	size_t bytes = plan->graph->nodes * sizeof(uint32_t);

	*frontier = (struct frontier){
		.plan = plan,
		.pending = malloc(bytes),
		.remaining = malloc(bytes),
		.ready = malloc(bytes),
		.order = malloc(bytes),
	};
	if (frontier->pending && frontier->remaining && frontier->ready && frontier->order) {
		frontier_reset(frontier, 0);
		return 0;
	}
	frontier_release(frontier);
	return error_set(err, ERROR_NO_MEMORY, "no memory to order %u nodes", plan->count);
}

void frontier_release(struct frontier *frontier)
{
	free(frontier->pending);
	free(frontier->remaining);
	free(frontier->ready);
	free(frontier->order);
	*frontier = (struct frontier){ 0 };
}

void frontier_reset(struct frontier *frontier, uint64_t peak_bytes)
{
	const struct plan *plan = frontier->plan;
	size_t bytes = plan->graph->nodes * sizeof(uint32_t);

	memcpy(frontier->pending, plan->pending, bytes);
	memcpy(frontier->remaining, plan->readers, bytes);
	frontier->ready_count = frontier->count = 0;
	frontier->live_bytes = 0;
	frontier->peak_bytes = peak_bytes;
	frontier->hash = 0;
	for (uint32_t v = 0; v < plan->graph->nodes; v++)
		if (plan->on_path[v] && !plan->pending[v])
			frontier->ready[frontier->ready_count++] = v;
}

void frontier_copy(struct frontier *to, const struct frontier *from)
{
	size_t bytes = from->plan->graph->nodes * sizeof(uint32_t);

	memcpy(to->pending, from->pending, bytes);
	memcpy(to->remaining, from->remaining, bytes);
	memcpy(to->ready, from->ready, from->ready_count * sizeof(uint32_t));
	memcpy(to->order, from->order, from->count * sizeof(uint32_t));
	to->ready_count = from->ready_count;
	to->count = from->count;
	to->live_bytes = from->live_bytes;
	to->peak_bytes = from->peak_bytes;
	to->hash = from->hash;
}

/* The dependency's result goes when a node that reads it last has ended. */
static bool freed_by_last_reader(const struct frontier *frontier, uint32_t dep)
{
	return frontier->remaining[dep] == 1 && frontier->plan->on_path[dep] &&
		!plan_requested(frontier->plan, dep);
}

uint64_t frontier_running_bytes(const struct frontier *frontier, uint32_t node)
{
	const struct graph *graph = frontier->plan->graph;

	return frontier->live_bytes + graph->size_bytes[node] + graph->transient_bytes[node];
}

int64_t frontier_net_bytes(const struct frontier *frontier, uint32_t node)
{
	const struct graph *graph = frontier->plan->graph;
	int64_t net = (int64_t)graph->size_bytes[node];

	for (uint32_t i = graph->dep_start[node]; i < graph->dep_start[node + 1]; i++)
		if (freed_by_last_reader(frontier, graph->deps[i]))
			net -= (int64_t)graph->size_bytes[graph->deps[i]];
	return net;
}

/* splitmix64's finalizer: a random-looking word per node, to be combined by xor. */
static uint64_t scramble(uint64_t node)
{
	uint64_t z = (node + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t frontier_hash_with(const struct frontier *frontier, uint32_t node)
{
	return frontier->hash ^ scramble(node);
}

static void free_deps(struct frontier *frontier, uint32_t node)
{
	const struct graph *graph = frontier->plan->graph;

	for (uint32_t i = graph->dep_start[node]; i < graph->dep_start[node + 1]; i++)
		frontier->remaining[graph->deps[i]]--;
}

static void admit_consumers(struct frontier *frontier, uint32_t node)
{
	const struct graph *graph = frontier->plan->graph;

	for (uint32_t i = graph->consumer_start[node]; i < graph->consumer_start[node + 1]; i++) {
		uint32_t c = graph->consumers[i];

		if (frontier->plan->on_path[c] && --frontier->pending[c] == 0)
			frontier->ready[frontier->ready_count++] = c;
	}
}

void frontier_run(struct frontier *frontier, uint32_t index)
{
	uint32_t node = frontier->ready[index];
	uint64_t running = frontier_running_bytes(frontier, node);

	if (running > frontier->peak_bytes)
		frontier->peak_bytes = running;
	frontier->live_bytes += (uint64_t)frontier_net_bytes(frontier, node);
	frontier->hash = frontier_hash_with(frontier, node);
	frontier->ready[index] = frontier->ready[--frontier->ready_count];
	frontier->order[frontier->count++] = node;
	free_deps(frontier, node);
	admit_consumers(frontier, node);
}

static bool harmless(const struct frontier *frontier, uint32_t node)
{
	return frontier_running_bytes(frontier, node) <= frontier->peak_bytes &&
		frontier_net_bytes(frontier, node) <= 0;
}

/* Running one may make another harmless: go round until a full round found none. */
void frontier_commit(struct frontier *frontier)
{
	uint32_t looked = 0, index = 0;

	while (looked < frontier->ready_count) {
		if (index >= frontier->ready_count)
			index = 0;
		if (harmless(frontier, frontier->ready[index])) {
			frontier_run(frontier, index);
			looked = 0;
		} else {
			looked++;
			index++;
		}
	}
}
