#include "runner/budget.h"

#include "base/error.h"
#include "base/units.h"
#include "runner/bound.h"
#include "runner/order.h"
#include "runner/simulate.h"

/* Whether a buffer will be taken over is not known when its taker is booked. */
static const struct policy *booked_as(const struct policy *policy)
{
	return policy->in_place ? &policy_refcount_path : policy;
}

int budget_check(const struct plan *plan, const struct order *order, const uint32_t *sequence,
		 const struct policy *policy, uint64_t budget_bytes, struct error *err)
{
	struct simulation simulation;
	struct bound bound;
	int code = simulate(plan, sequence, booked_as(policy), NULL, &simulation, err);

	if (code != 0 || simulation.peak_bytes <= budget_bytes)
		return code;
	code = bound_compute(plan, NULL, &bound, err);
	if (code != 0)
		return code;
	if (budget_bytes < bound.bytes)
		return error_set(err, ERROR_LIMIT, "a budget of %s is below the lower bound of %s: no order can run in it",
				 units_size(budget_bytes).text, units_size(bound.bytes).text);
	return error_set(err, ERROR_LIMIT, "order '%s' peaks at %s under policy '%s', over the budget of %s; the lower bound is %s: another order may fit",
			 order->name, units_size(simulation.peak_bytes).text, policy->name,
			 units_size(budget_bytes).text, units_size(bound.bytes).text);
}
