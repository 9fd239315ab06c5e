/*
 * The rule that the first micro-orchestrators used, faults included: after
 * each node, for each of its dependencies that is not requested, look at all
 * of the dependency's consumers, also those that this run will never execute;
 * let its result go if every one of them is in the result table and none is
 * requested.
 *
 * So a result stays for ever when a consumer is off the execution path, is
 * requested, or has been let go itself; and a node with C consumers costs C^2.
 * Kept as the reference that the counters are compared with: do not mend it.
 */
#include <stdlib.h>

#include "base/error.h"
#include "runner/policy.h"

static int start(struct retention *retention, struct error *err)
{
	uint32_t nodes = retention->plan->graph->nodes;

	retention->present = calloc(nodes, sizeof *retention->present);
	if (!retention->present)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %u nodes", nodes);
	return 0;
}

static bool may_go(const struct retention *retention, uint32_t dep)
{
	const struct graph *graph = retention->plan->graph;

	for (uint32_t i = graph->consumer_start[dep]; i < graph->consumer_start[dep + 1]; i++) {
		uint32_t consumer = graph->consumers[i];

		if (!__atomic_load_n(&retention->present[consumer], __ATOMIC_ACQUIRE) ||
		    graph->flags[consumer] & NODE_REQUESTED)
			return false;
	}
	return true;
}

/* The exchange answers each result once, though two consumers may look at a time. */
static uint32_t ended(struct retention *retention, uint32_t node, bool has_result, uint32_t *released)
{
	const struct graph *graph = retention->plan->graph;
	uint32_t count = 0;

	if (has_result)
		__atomic_store_n(&retention->present[node], 1, __ATOMIC_RELEASE);
	for (uint32_t i = graph->dep_start[node]; i < graph->dep_start[node + 1]; i++) {
		uint32_t dep = graph->deps[i];

		if (!plan_requested(retention->plan, dep) && may_go(retention, dep) &&
		    __atomic_exchange_n(&retention->present[dep], 0, __ATOMIC_ACQ_REL))
			released[count++] = dep;
	}
	return count;
}

const struct policy policy_scan = {
	.name = "scan",
	.summary = "the original rule, its faults included, to compare with",
	.start = start,
	.ended = ended,
};
