/*
 * once: what a counter would say of an account in 16 bytes, where one shard
 * allocated from it once, and freed that block or did not yet.
 *
 *       63               58 57    48 47                24 23 22  21 20          0
 *      +-------------------------------------------------+--+------+-------------+
 *      | peak epoch, modulo 2^40                         | p| use  | size        |   what
 *      +--+----------------+--------+--------------------+--+------+-------------+
 *      | 1| slack          | shard  | allocation's tick  | tick of the free      |   when
 *      +--+----------------+--------+--------------------+-----------------------+
 *
 * p: the block was there at that peak, and is freed since; before it is freed
 * there is nothing to keep.  A shard makes the record its own by `when`, with
 * one compare-and-swap; what counts is `what`, stored last.  More than this, and
 * other shards' events, are in counters: an account's value is the sum of both.
 *
 * The tracer's counters write it; readers take it for a counter of its shard.
 * Freestanding, as layout.h.
 */
#ifndef DAGMEM_PROFILE_ONCE_H
#define DAGMEM_PROFILE_ONCE_H

#include <stdbool.h>

#include "profile/tick.h"

enum {
	ONCE_SIZE_BITS = 21,
	ONCE_SIZE_MAX = (1 << ONCE_SIZE_BITS) - 1,
	ONCE_PEAK_BIT = 23,
	ONCE_SHARD_BIT = 48,
	ONCE_SLACK_BIT = 58,
	ONCE_SLACK_MAX = (1 << 5) - 1,
	ONCE_OWNED_BIT = 63,
};

enum once_use {
	ONCE_UNUSED = 0,
	ONCE_LIVE = 1,
	ONCE_FREED = 2,
	ONCE_TEMPORARY = 3,     /* freed before its thread allocated again */
};

static inline enum once_use once_use_of(uint64_t what)
{
	return (enum once_use)(what >> ONCE_SIZE_BITS & 3);
}

static inline uint64_t once_slack(uint64_t when)
{
	return when >> ONCE_SLACK_BIT & ONCE_SLACK_MAX;
}

/* The record as a counter of its shard. False: it is not in use. */
static inline bool once_as_counter(const struct once *once, struct counter *counter, uint32_t *shard)
{
	uint64_t what = __atomic_load_n(&once->what, __ATOMIC_ACQUIRE);
	uint64_t when = __atomic_load_n(&once->when, __ATOMIC_RELAXED);
	uint64_t size = what & ONCE_SIZE_MAX, was_there = what >> ONCE_PEAK_BIT & 1;
	bool freed = once_use_of(what) >= ONCE_FREED;

	*counter = (struct counter) {
		.allocations = 1,
		.allocated_bytes = size,
		.frees = freed,
		.freed_bytes = freed ? size : 0,
		.slack_and_free = freed ? tick_in(when) :
					  tick_beside(once_slack(when), 0),
		.epoch_and_allocation = tick_put(what, tick_in(when >> TICK_BITS)),
		.at_peak_bytes = was_there * size,
		.at_peak_blocks = (uint32_t)was_there,
		.temporaries = once_use_of(what) == ONCE_TEMPORARY,
	};
	*shard = (uint32_t)(when >> ONCE_SHARD_BIT) % SHARDS_MAX;
	return once_use_of(what) != ONCE_UNUSED;
}

/* What `when` begins with in a record of `shard`; its slack stands in between. */
static inline uint64_t once_owner(uint32_t shard)
{
	return UINT64_C(1) << ONCE_OWNED_BIT | (uint64_t)shard << ONCE_SHARD_BIT;
}

/* Nobody's yet. */
static inline bool once_is_free(const struct once *once)
{
	return !__atomic_load_n(&once->when, __ATOMIC_RELAXED);
}

/* The shard's own, and its block is not freed yet. */
static inline bool once_is_live(const struct once *once, uint32_t shard)
{
	const uint64_t ticks = (UINT64_C(1) << ONCE_SHARD_BIT) - 1;
	const uint64_t slack = (uint64_t)ONCE_SLACK_MAX << ONCE_SLACK_BIT;

	return (__atomic_load_n(&once->when, __ATOMIC_RELAXED) & ~(ticks | slack)) == once_owner(shard) &&
	       once_use_of(__atomic_load_n(&once->what, __ATOMIC_RELAXED)) == ONCE_LIVE;
}

/*
 * An allocation, all that `event` has counted, becomes a record of `shard`.
 * False: it does not fit, or the record is not free.
 */
static inline bool once_allocate(struct once *once, uint32_t shard, const struct counter *event)
{
	uint64_t slack = (uint64_t)counter_slack(event), size = event->allocated_bytes, none = 0;
	uint32_t tick = tick_in(event->epoch_and_allocation);

	if (size > ONCE_SIZE_MAX || slack > ONCE_SLACK_MAX ||
	    !__atomic_compare_exchange_n(&once->when, &none, once_owner(shard) | slack << ONCE_SLACK_BIT |
					 tick_beside(tick, 0), 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(&once->what, (event->epoch_and_allocation ^ tick) |
				      (uint64_t)ONCE_LIVE << ONCE_SIZE_BITS | size, __ATOMIC_RELEASE);
	return true;
}

/* The free of the record's block, all that `event` has counted. False: it is not that. */
static inline bool once_free(struct once *once, uint32_t shard, const struct counter *event)
{
	uint64_t epoch = event->epoch_and_allocation >> TICK_BITS, size = event->freed_bytes;
	uint64_t what = __atomic_load_n(&once->what, __ATOMIC_RELAXED);
	uint64_t when = __atomic_load_n(&once->when, __ATOMIC_RELAXED);
	uint64_t was_there = what >> TICK_BITS != epoch;

	if (!once_is_live(once, shard) || (what & ONCE_SIZE_MAX) != size ||
	    (int64_t)once_slack(when) != -counter_slack(event))
		return false;
	__atomic_store_n(&once->when, when | tick_in(event->slack_and_free), __ATOMIC_RELAXED);
	__atomic_store_n(&once->what, epoch << TICK_BITS | was_there << ONCE_PEAK_BIT |
				      (uint64_t)(ONCE_FREED + event->temporaries) << ONCE_SIZE_BITS | size,
			 __ATOMIC_RELEASE);
	return true;
}

#endif
