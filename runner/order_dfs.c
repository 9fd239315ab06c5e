/*
 * Depth-first from the requested outputs in file order, dependencies in file
 * order: what a driver that evaluates on demand does.
 */
#include <stdlib.h>

#include "base/error.h"
#include "runner/order.h"
#include "runner/postorder.h"

static int fill(const struct plan *plan, uint32_t *order, struct error *err)
{
	uint32_t count;
	uint32_t *outputs = postorder_outputs(plan, &count);

	if (!outputs)
		return error_set(err, ERROR_NO_MEMORY, "no memory to order %u nodes", plan->count);
	int code = postorder(plan, plan->graph->deps, outputs, count, order, err);
	free(outputs);
	return code;
}

const struct order order_dfs = {
	.name = "dfs",
	.summary = "depth-first from the outputs, as drivers that evaluate on demand do",
	.fill = fill,
};
