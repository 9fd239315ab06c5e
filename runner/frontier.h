/*
 * frontier: how far a run has come, while an order is being searched for.
 *
 * Which nodes have run, which are ready, what is held and what the peak has
 * been, as refcount-path has it.  The beam and exact orders copy and extend
 * frontiers.
 */
#ifndef DAGMEM_RUNNER_FRONTIER_H
#define DAGMEM_RUNNER_FRONTIER_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/plan.h"

struct error;

struct frontier {
	const struct plan *plan;
	uint32_t *pending;      /* by node: dependencies to come */
	uint32_t *remaining;    /* by node: readers to come */
	uint32_t *ready;
	uint32_t *order;        /* what has run */
	uint32_t ready_count, count;
	uint64_t live_bytes, peak_bytes;
	uint64_t hash;          /* of the set of nodes that have run */
};

int frontier_init(struct frontier *frontier, const struct plan *plan, struct error *err);
void frontier_release(struct frontier *frontier);

/* Back to where nothing has run, with this peak to begin with. */
void frontier_reset(struct frontier *frontier, uint64_t peak_bytes);

/* Both are of the same plan. */
void frontier_copy(struct frontier *to, const struct frontier *from);

/* Run ready[index]. */
void frontier_run(struct frontier *frontier, uint32_t index);

/* What is held while `node`, which is ready, would run; and the change once it has ended. */
uint64_t frontier_running_bytes(const struct frontier *frontier, uint32_t node);
int64_t frontier_net_bytes(const struct frontier *frontier, uint32_t node);

/*
 * Run every ready node that adds nothing to what is held and fits under the
 * peak so far, until there is none.  No order is lost by it: any completion
 * can have such a node moved to its front without a higher peak.
 */
void frontier_commit(struct frontier *frontier);

/* The hash of the set with `node` added. */
uint64_t frontier_hash_with(const struct frontier *frontier, uint32_t node);

#endif
