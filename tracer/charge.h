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

/* The lazy high-water rule, before a counter changes. Returns the moment, whose epoch is its now. */
static ALWAYS_INLINE uint64_t counter_keep_peak(struct counter *counter)
{
	uint64_t moment = moment_now(profile_header());

	if (likely(counter_is_of_epoch(counter, moment)))
		return moment;
	counter->at_peak_bytes = counter->allocated_bytes - counter->freed_bytes;
	counter->at_peak_blocks = (uint32_t)(counter->allocations - counter->frees);
	counter->epoch_and_allocation = tick_put(moment, tick_in(counter->epoch_and_allocation));
	compiler_barrier();     /* what it read is not kept in registers for the usual case */
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

/*
 * Count an allocation.  Whether somebody is to look at the clock or at the total
 * (charge_look()): nobody need until the net has left the thread's window.
 */
static ALWAYS_INLINE bool charge_count(struct thread *thread, struct counter *counter,
				       uint64_t size_bytes, uint64_t slack_bytes)
{
	struct shard_page *page = thread->page;
	int64_t net = page->net_bytes + (int64_t)size_bytes;

	counter_allocate(counter, 1, size_bytes);
	counter->slack_and_free += tick_beside(slack_bytes, 0);
	sum_add(&page->allocated_bytes, size_bytes);
	sum_move(&page->net_blocks, 1);
	page->size_class[size_class_of(size_bytes)]++;
	__atomic_store_n(&page->net_bytes, net, __ATOMIC_RELAXED);
	sum_add(&page->allocations, 1);
	return page->allocations % TICK_EVENTS == 0 ||
	       net > __atomic_load_n(&thread->quiet_high, __ATOMIC_RELAXED);
}

/* The same of a free. */
static ALWAYS_INLINE bool discharge_count(struct thread *thread, struct counter *counter,
					  uint64_t size_bytes, uint64_t slack_bytes)
{
	struct shard_page *page = thread->page;
	int64_t net = page->net_bytes - (int64_t)size_bytes;

	counter_free(counter, 1, size_bytes, slack_bytes);
	sum_move(&page->net_blocks, -1);
	__atomic_store_n(&page->net_bytes, net, __ATOMIC_RELAXED);
	return net < __atomic_load_n(&thread->quiet_low, __ATOMIC_RELAXED);
}

/* The thread has what no header tells to be the maximum: total_falls() before something is freed. */
static inline bool discharge_is_at_peak(const struct thread *thread)
{
	return thread->page->net_bytes > thread->peak_net;
}

/* What charge_count() or discharge_count() found to be due. */
void charge_look(struct thread *thread);

static ALWAYS_INLINE void charge(struct thread *thread, struct counter *counter, uint64_t size_bytes,
				 uint64_t slack_bytes)
{
	if (unlikely(charge_count(thread, counter, size_bytes, slack_bytes)))
		charge_look(thread);
}

static ALWAYS_INLINE void discharge(struct thread *thread, struct counter *counter, uint64_t size_bytes,
				    uint64_t slack_bytes)
{
	if (unlikely(discharge_is_at_peak(thread)) && !total_falls_alone(thread))
		total_falls(thread);
	if (unlikely(discharge_count(thread, counter, size_bytes, slack_bytes)))
		charge_look(thread);
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
