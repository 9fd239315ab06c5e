/*
 * order: in which sequence the nodes of a plan are executed.
 *
 * The order decides how much must be held at a time.  Each one is a file of
 * its own behind one table; adding one takes a file order_NAME.c and a line in
 * order.c.  All are deterministic, ties go to the node that stands earlier in
 * the file, and none recurses.
 */
#ifndef DAGMEM_RUNNER_ORDER_H
#define DAGMEM_RUNNER_ORDER_H

#include <stdint.h>

#include "runner/plan.h"

struct error;

struct order {
	const char *name;
	const char *summary;    /* one line for the help */
	uint32_t nodes_max;     /* larger plans: ERROR_LIMIT; 0 = any */
	uint32_t nodes_best;    /* `best` tries it up to this size; 0 = any */
	/* Fill order[0 .. plan->count).  On failure what it holds is undefined. */
	int (*fill)(const struct plan *plan, uint32_t *order, struct error *err);
};

extern const struct order order_file, order_bfs, order_dfs, order_liu, order_greedy, order_beam,
	order_exact, order_best;

/* NULL-terminated, in the order of the help. */
extern const struct order *const orders[];

#define ORDER_DEFAULT (&order_file)

/* NULL when there is none of this name. */
const struct order *order_find(const char *name);

/*
 * `*sequence`, which the caller frees, gets the plan's nodes, dependencies
 * first.  ERROR_LIMIT when the plan is too large for this order.
 */
int order_make(const struct order *order, const struct plan *plan, uint32_t **sequence,
	       struct error *err);

#endif
