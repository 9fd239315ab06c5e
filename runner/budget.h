/*
 * budget: order-preserving booking of memory.
 *
 * Nodes are booked in the order of the run while they fit, each with its
 * result and transient; only booked nodes may start; what is let go is
 * unbooked.  So the nodes booked are always a beginning of the order, and once
 * all of them have ended, what is held is what a single worker would hold at
 * that point: with a budget of at least the order's peak the next one fits,
 * and the run never stalls.  After MemBooking (Aupy, Brasseur, Marchal 2017).
 *
 * One thread at a time.
 */
#ifndef DAGMEM_RUNNER_BUDGET_H
#define DAGMEM_RUNNER_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/policy.h"

struct error;
struct order;

/*
 * Refuse a budget that a run in this order can't keep: ERROR_LIMIT says
 * whether no order could (the lower bound is above it) or another one might.
 */
int budget_check(const struct plan *plan, const struct order *order, const uint32_t *sequence,
		 const struct policy *policy, uint64_t budget_bytes, struct error *err);

struct budget {
	uint64_t limit_bytes;   /* UINT64_MAX = none */
	uint64_t booked_bytes;
};

/* Book `bytes` if they fit. */
static inline bool budget_book(struct budget *budget, uint64_t bytes)
{
	if (budget->booked_bytes > budget->limit_bytes ||
	    bytes > budget->limit_bytes - budget->booked_bytes)
		return false;
	budget->booked_bytes += bytes;
	return true;
}

/* Exchange what was booked for a node by what it turned out to hold. */
static inline void budget_settle(struct budget *budget, uint64_t booked_bytes, uint64_t held_bytes)
{
	budget->booked_bytes += held_bytes - booked_bytes;
}

static inline void budget_unbook(struct budget *budget, uint64_t bytes)
{
	budget->booked_bytes -= bytes;
}

#endif
