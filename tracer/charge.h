/*
 * charge: what an event adds to its thread's counters.  Inlined into whatever
 * stands on the common path; see account.h for the rules.
 *
 * Every sum is written by its thread alone and read by any: plain stores, no
 * locked instruction.
 */
#ifndef DAGMEM_TRACER_CHARGE_H
#define DAGMEM_TRACER_CHARGE_H

#include "profile/size_class.h"
#include "profile/tick.h"
#include "tracer/guard.h"
#include "tracer/mapping.h"
#include "tracer/total.h"

/* Events of a thread between two looks at the clock. */
enum { TICK_EVENTS = 256 };

/* A counter becomes one of this moment's epoch: keep what it was at the peak. */
void charge_begin_epoch(struct counter *counter, uint64_t moment);

/* The lazy high-water rule, before a counter changes. Returns the moment, whose epoch is its now. */
static ALWAYS_INLINE uint64_t counter_keep_peak(struct counter *counter)
{
	uint64_t moment = moment_now(profile_header());

	if (unlikely(!counter_is_of_epoch(counter, moment)))
		charge_begin_epoch(counter, moment);
	return moment;
}

static ALWAYS_INLINE void counter_allocate(struct counter *counter, uint64_t more, uint64_t bytes)
{
	uint64_t moment = counter_keep_peak(counter);

	counter->allocations += more;
	counter->allocated_bytes += bytes;
	counter->epoch_and_allocation = moment;
}

static ALWAYS_INLINE void counter_free(struct counter *counter, uint64_t more, uint64_t bytes,
				      uint64_t slack_bytes)
{
	uint64_t moment = counter_keep_peak(counter);

	counter->frees += more;
	counter->freed_bytes += bytes;
	counter->slack_and_free = tick_put(counter->slack_and_free - tick_beside(slack_bytes, 0),
					   tick_in(moment));
}

/*
 * To a sum that this thread alone writes, and any may read: no locked
 * instruction.  As an atomic store it would be three instructions for one.
 */
static inline void sum_add(uint64_t *sum, uint64_t more)
{
#ifdef __SANITIZE_THREAD__
	__atomic_store_n(sum, *sum + more, __ATOMIC_RELAXED);
#else
	*sum += more;
#endif
}

static inline void sum_move(int64_t *sum, int64_t more)
{
	sum_add((uint64_t *)sum, (uint64_t)more);
}

/* Nobody need look at the total until it has left the thread's window: up by an allocation ... */
static inline void net_up(struct thread *thread, uint64_t bytes)
{
	struct shard_page *page = thread->page;
	int64_t net = page->net_bytes + (int64_t)bytes;

	__atomic_store_n(&page->net_bytes, net, __ATOMIC_RELAXED);
	if (unlikely(net > __atomic_load_n(&thread->quiet_high, __ATOMIC_RELAXED)))
		total_moved(thread);
}

/* ... and down by a free. */
static inline void net_down(struct thread *thread, uint64_t bytes)
{
	struct shard_page *page = thread->page;
	int64_t net = page->net_bytes - (int64_t)bytes;

	__atomic_store_n(&page->net_bytes, net, __ATOMIC_RELAXED);
	if (unlikely(net < __atomic_load_n(&thread->quiet_low, __ATOMIC_RELAXED)))
		total_moved(thread);
}

static ALWAYS_INLINE void charge(struct thread *thread, struct counter *counter, uint64_t size_bytes,
				 uint64_t slack_bytes)
{
	struct shard_page *page = thread->page;

	counter_allocate(counter, 1, size_bytes);
	counter->slack_and_free += tick_beside(slack_bytes, 0);
	sum_add(&page->allocations, 1);
	sum_add(&page->allocated_bytes, size_bytes);
	sum_move(&page->net_blocks, 1);
	page->size_class[size_class_of(size_bytes)]++;
	if (unlikely(page->allocations % TICK_EVENTS == 0))
		total_renew_tick();
	net_up(thread, size_bytes);
}

static ALWAYS_INLINE void discharge(struct thread *thread, struct counter *counter, uint64_t size_bytes,
			     uint64_t slack_bytes)
{
	struct shard_page *page = thread->page;

	if (unlikely(page->net_bytes > thread->peak_net))
		total_falls(thread);
	counter_free(counter, 1, size_bytes, slack_bytes);
	sum_move(&page->net_blocks, -1);
	net_down(thread, size_bytes);
}

/* A counter's temporaries are full: the journal takes 2^32 of them. */
void charge_carry(struct thread *thread, account_id account);

static ALWAYS_INLINE void discharge_block(struct thread *thread, account_id account, uintptr_t block,
				   uint64_t size_bytes, uint64_t slack_bytes)
{
	struct counter *counter = guard_counter(thread, account);

	if (unlikely(thread->dag_node))
		dag_freed(thread, account, size_bytes);
	if (thread->newest_block == block) {
		thread->newest_block = 0;
		if (unlikely(!++counter->temporaries))
			charge_carry(thread, account);
	}
	discharge(thread, counter, size_bytes, slack_bytes);
}

#endif
