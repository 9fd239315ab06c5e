/*
 * bound: what no order can get below.
 *
 * When node v runs, the nodes that have ended are a down-set that holds v's
 * ancestors and neither v nor its descendants.  Every result that crosses the
 * down-set's border (ended, and read by one that has not), and every requested
 * one in it, is held.  So for each v
 *
 *     peak >= size(v) + transient(v) + min over such down-sets of the bytes held
 *
 * and the minimum is a minimum cut.  Any set of nodes v gives a bound: all of
 * them on small graphs, on large ones the most promising until the work limit
 * is reached; on huge ones, where a single cut would be too long, each node's
 * dependencies alone.  The sum of the requested outputs is another.
 *
 * It holds for every policy that keeps what is still to be read, in any order
 * and with any number of workers.
 */
#ifndef DAGMEM_RUNNER_BOUND_H
#define DAGMEM_RUNNER_BOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/plan.h"

struct error;

struct bound_options {
	bool in_place;          /* last readers may take over buffers, as the donate policy has it */
	uint64_t work;          /* limit, in arcs looked at */
};

#define BOUND_OPTIONS_INIT { false, UINT64_C(100000000) }

struct bound {
	uint64_t bytes;
	uint32_t node;          /* whose run needs that much; NODE_NONE: the outputs do */
	bool all_nodes;         /* every node was considered, none left out for want of work */
	uint32_t cuts;          /* minimum cuts made */
};

/* NULL options = BOUND_OPTIONS_INIT. */
int bound_compute(const struct plan *plan, const struct bound_options *options,
		  struct bound *bound, struct error *err);

#endif
