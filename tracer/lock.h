/*
 * lock: mutual exclusion for what the tracer does seldom: new modules, file
 * growth, claiming a shard, anonymous mappings.  Never taken on the common
 * path, and never while calling the loader or the allocator.
 *
 * All signals are blocked while it is held, so no handler runs and nothing
 * jumps or is cancelled out of it.  A holder that is gone (the other threads
 * of a forked parent) is noticed and its lock taken over.  Not recursive.
 */
#ifndef DAGMEM_TRACER_LOCK_H
#define DAGMEM_TRACER_LOCK_H

#include "tracer/sys.h"

struct lock { uint32_t holder; };       /* thread id, 0 = free */

/* Returns what lock_release() wants back. */
static inline uint64_t lock_take(struct lock *lock)
{
	uint64_t signals = sys_signals_block();
	uint32_t self = sys_gettid(), holder = 0;

	for (unsigned spins = 1;
	     !__atomic_compare_exchange_n(&lock->holder, &holder, self, 0, __ATOMIC_ACQUIRE,
					  __ATOMIC_RELAXED);
	     spins++) {
		if (spins % 64 == 0) {
			sys_yield();
			if (spins % 4096 == 0 && holder && !sys_thread_exists(sys_getpid(), holder) &&
			    __atomic_compare_exchange_n(&lock->holder, &holder, self, 0,
							__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
				break;
		}
		holder = 0;
	}
	return signals;
}

static inline void lock_release(struct lock *lock, uint64_t signals)
{
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
	sys_signals_restore(signals);
}

#endif
