/*
 * A counter of consumers per result, decremented when one ends, however it
 * ends; at 0 the result goes.  O(V+E) in a whole run.  The three policies of
 * this file differ in whom they count: all consumers in the graph, or those
 * that the run executes; and in whether a last reader may take the buffer.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/policy.h"

static int make_counters(struct retention *retention, struct error *err)
{
	uint32_t nodes = retention->plan->graph->nodes;

	retention->remaining = malloc(nodes * sizeof *retention->remaining);
	if (!retention->remaining)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %u counters", nodes);
	return 0;
}

static int count_all(struct retention *retention, struct error *err)
{
	const struct graph *graph = retention->plan->graph;

	if (make_counters(retention, err) != 0)
		return err->code;
	for (uint32_t v = 0; v < graph->nodes; v++)
		retention->remaining[v] = graph->consumer_start[v + 1] - graph->consumer_start[v];
	return 0;
}

static int count_on_path(struct retention *retention, struct error *err)
{
	const struct plan *plan = retention->plan;

	if (make_counters(retention, err) != 0)
		return err->code;
	memcpy(retention->remaining, plan->readers, plan->graph->nodes * sizeof *plan->readers);
	return 0;
}

static uint32_t ended(struct retention *retention, uint32_t node, bool has_result, uint32_t *released)
{
	const struct graph *graph = retention->plan->graph;
	uint32_t count = 0;

	(void)has_result;
	for (uint32_t i = graph->dep_start[node]; i < graph->dep_start[node + 1]; i++) {
		uint32_t dep = graph->deps[i];

		if (graph->flags[dep] & (NODE_INPUT | NODE_REQUESTED))
			continue;
		if (__atomic_sub_fetch(&retention->remaining[dep], 1, __ATOMIC_ACQ_REL) == 0)
			released[count++] = dep;
	}
	return count;
}

const struct policy policy_refcount = {
	.name = "refcount",
	.summary = "let a result go when all its consumers in the graph have ended",
	.prunes_blocks = true,
	.start = count_all,
	.ended = ended,
};

const struct policy policy_refcount_path = {
	.name = "refcount-path",
	.summary = "let a result go when all its consumers that this run executes have ended",
	.prunes_blocks = true,
	.start = count_on_path,
	.ended = ended,
};

const struct policy policy_donate = {
	.name = "donate",
	.summary = "as refcount-path, and a last reader that works in place gets the buffer itself",
	.in_place = true,
	.prunes_blocks = true,
	.start = count_on_path,
	.ended = ended,
};
