/*
 * simulate: what a run would hold, without running it.
 *
 * One worker executes the plan's nodes in a given order under a policy.  While
 * a node runs, its result and its transient count on top of all results held;
 * when it has ended the policy says what goes.  Exact integers; O(V+E) but for
 * the scan policy.  Inputs belong to the caller and count nothing.
 */
#ifndef DAGMEM_RUNNER_SIMULATE_H
#define DAGMEM_RUNNER_SIMULATE_H

#include <stdint.h>

#include "runner/plan.h"
#include "runner/policy.h"

struct error;

struct simulation {
	uint64_t peak_bytes;            /* most bytes held at a time, the running node's included */
	uint32_t peak_node;             /* that ran then, the first such; NODE_NONE if no node has bytes */
	uint64_t peak_results;          /* most results held at a time, the running node's included */
	uint64_t held_at_end_bytes;     /* requested outputs, and what the policy left behind */
	uint64_t held_at_end_results;
};

/*
 * `order` holds plan->count nodes.  `running_bytes`, NULL or as long, gets
 * what is held while order[i] runs.
 */
int simulate(const struct plan *plan, const uint32_t *order, const struct policy *policy,
	     uint64_t *running_bytes, struct simulation *simulation, struct error *err);

#endif
