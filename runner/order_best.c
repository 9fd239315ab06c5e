/*
 * Every order that takes a plan of this size; the one with the smallest peak
 * under refcount-path, the first in the table among equals.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/order.h"
#include "runner/policy.h"
#include "runner/simulate.h"

static bool fits(const struct order *order, const struct plan *plan)
{
	return order != &order_best && (!order->nodes_best || plan->count <= order->nodes_best);
}

/* An order that gives up at its own limit is no failure: another one is taken. */
static int try_order(const struct order *candidate, const struct plan *plan, uint32_t *order,
		     uint64_t *best_bytes, struct error *err)
{
	struct simulation simulation;
	uint32_t *sequence;
	int code = order_make(candidate, plan, &sequence, err);

	if (code == ERROR_LIMIT)
		return 0;
	if (code != 0)
		return code;
	code = simulate(plan, sequence, &policy_refcount_path, NULL, &simulation, err);
	if (code == 0 && simulation.peak_bytes < *best_bytes) {
		*best_bytes = simulation.peak_bytes;
		memcpy(order, sequence, plan->count * sizeof *order);
	}
	free(sequence);
	return code;
}

static int fill(const struct plan *plan, uint32_t *order, struct error *err)
{
	uint64_t best_bytes = UINT64_MAX;

	for (const struct order *const *candidate = orders; *candidate; candidate++) {
		if (!fits(*candidate, plan))
			continue;
		int code = try_order(*candidate, plan, order, &best_bytes, err);
		if (code != 0)
			return code;
	}
	return 0;
}

const struct order order_best = {
	.name = "best",
	.summary = "all that fit the graph's size; the one with the smallest peak",
	.fill = fill,
};
