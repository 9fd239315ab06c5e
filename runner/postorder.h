/*
 * postorder: depth-first from the outputs, each node after its dependencies.
 *
 * What the dfs and liu orders share.  Explicit stack: any depth.
 */
#ifndef DAGMEM_RUNNER_POSTORDER_H
#define DAGMEM_RUNNER_POSTORDER_H

#include <stdint.h>

#include "runner/plan.h"

struct error;

/*
 * Fill order[0 .. plan->count).  `deps` is the graph's array of dependencies
 * or one with each node's part rearranged; `outputs` are the requested nodes
 * on the path.  Both are followed as they stand.
 */
int postorder(const struct plan *plan, const uint32_t *deps, const uint32_t *outputs,
	      uint32_t output_count, uint32_t *order, struct error *err);

/* The requested nodes on the path in file order; the caller frees.  NULL: no memory. */
uint32_t *postorder_outputs(const struct plan *plan, uint32_t *count);

#endif
