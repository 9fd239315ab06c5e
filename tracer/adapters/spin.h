/*
 * spin: mutual exclusion for a few hundred nanoseconds, several times a task.
 *
 * Lighter than tracer/lock.h, which costs system calls: signals stay as they
 * are, and a holder that is gone is not noticed.  For what no signal handler
 * and no forked child can come to: the engine's own functions.
 */
#ifndef DAGMEM_TRACER_ADAPTERS_SPIN_H
#define DAGMEM_TRACER_ADAPTERS_SPIN_H

#include <stdint.h>

#include "tracer/sys.h"

enum { SPINS_BEFORE_YIELD = 100 };

struct spin { uint32_t held; };

static inline void spin_take(struct spin *spin)
{
	for (unsigned i = 1; __atomic_exchange_n(&spin->held, 1, __ATOMIC_ACQUIRE); i++)
		if (i % SPINS_BEFORE_YIELD == 0)
			sys_yield();
}

static inline void spin_release(struct spin *spin)
{
	__atomic_store_n(&spin->held, 0, __ATOMIC_RELEASE);
}

#endif
