#include "runner/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const struct order *const orders[] = {
	&order_file,
	&order_bfs,
	&order_dfs,
	&order_liu,
	&order_greedy,
	&order_beam,
	&order_exact,
	&order_best,
	NULL
};

const struct order *order_find(const char *name)
{
	for (const struct order *const *order = orders; *order; order++)
		if (strcmp((*order)->name, name) == 0)
			return *order;
	return NULL;
}

int order_make(const struct order *order, const struct plan *plan, uint32_t **sequence,
	       struct error *err)
{
	if (order->nodes_max && plan->count > order->nodes_max)
		return error_set(err, ERROR_LIMIT, "order '%s' takes up to %u nodes; this graph has %u",
				 order->name, order->nodes_max, plan->count);
	uint32_t *filled = malloc(((size_t)plan->count + 1) * sizeof *filled);
	if (!filled)
		return error_set(err, ERROR_NO_MEMORY, "no memory to order %u nodes", plan->count);
	int code = order->fill(plan, filled, err);
	if (code == 0)
		*sequence = filled;
	else
		free(filled);
	return code;
}
