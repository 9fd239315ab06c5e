/*
 * tick: coarse times in 24 bits, and the words that keep one beside something else.
 *
 * A tick is a time since the profile's start in milliseconds, as a floating
 * point number of 19 bits and 5 of exponent: exact in the first nine minutes,
 * to within 1/2^19 afterwards, for as long as a machine can run.  Later times
 * have larger ticks.  0 is none.
 *
 *       63                       24 23          0
 *      +---------------------------+-------------+
 *      |  live slack, signed       | last free   |   counter.slack_and_free
 *      |  peak epoch, modulo 2^40  | last alloc. |   counter.epoch_and_allocation
 *      |  peak epoch               | now         |   header.moment
 *      +---------------------------+-------------+
 *
 * An event reads the header's moment once, and stores it as it is; readers sum
 * slack modulo 2^40.  Freestanding, as layout.h.
 */
#ifndef DAGMEM_PROFILE_TICK_H
#define DAGMEM_PROFILE_TICK_H

#include "profile/layout.h"

enum { TICK_BITS = 24, TICK_FRACTION_BITS = 19, TICK_MAX = (1 << TICK_BITS) - 1 };

static inline uint32_t tick_of_ms(uint64_t since_start_ms)
{
	const uint32_t whole = 1u << TICK_FRACTION_BITS;
	uint64_t value = since_start_ms + 1;
	unsigned shift;

	if (value < whole)
		return (uint32_t)value;
	shift = 63 - (unsigned)__builtin_clzll(value) - TICK_FRACTION_BITS;
	if (shift > 30)
		return TICK_MAX;
	return (shift + 1) << TICK_FRACTION_BITS | ((uint32_t)(value >> shift) & (whole - 1));
}

/* The earliest time of a tick that is not 0. */
static inline uint64_t tick_ms(uint32_t tick)
{
	const uint32_t whole = 1u << TICK_FRACTION_BITS, exponent = tick >> TICK_FRACTION_BITS;
	uint64_t value = tick & (whole - 1);

	return (exponent ? (value | whole) << (exponent - 1) : value) - 1;
}

/* `word` with its upper 40 bits, and another tick. */
static inline uint64_t tick_put(uint64_t word, uint32_t tick)
{
	return (word & ~(uint64_t)TICK_MAX) | tick;
}

static inline uint32_t tick_in(uint64_t word)
{
	return (uint32_t)word & TICK_MAX;
}

/* A word of `upper` and a tick. */
static inline uint64_t tick_beside(uint64_t upper, uint32_t tick)
{
	return upper << TICK_BITS | tick;
}

static inline int64_t counter_slack(const struct counter *counter)
{
	return (int64_t)counter->slack_and_free >> TICK_BITS;
}

/* Of several shards' slack, each of which may be below zero. */
static inline int64_t counter_slack_sum(int64_t sum)
{
	return (int64_t)((uint64_t)sum << TICK_BITS) >> TICK_BITS;
}

/* Whether the counter was touched in the epoch of this moment of the header's. */
static inline int counter_is_of_epoch(const struct counter *counter, uint64_t moment)
{
	return !((counter->epoch_and_allocation ^ moment) >> TICK_BITS);
}

static inline uint64_t moment_now(const struct profile_header *header)
{
	return __atomic_load_n(&header->moment, __ATOMIC_RELAXED);
}

/* Of the next epoch. */
static inline uint64_t moment_next(uint64_t moment)
{
	return moment + tick_beside(1, 0);
}

/* An event that comes now is given this; 0: not known yet. */
static inline uint32_t tick_now(const struct profile_header *header)
{
	return tick_in(moment_now(header));
}

/* The header's tick becomes that of `monotonic_ns`, if that is later. */
static inline void tick_renew(struct profile_header *header, uint64_t monotonic_ns)
{
	uint64_t start_ns = header->start_monotonic_ns;
	uint64_t ms = monotonic_ns > start_ns ? (monotonic_ns - start_ns) / 1000000 : 0;
	uint64_t moment = moment_now(header);
	uint32_t tick = tick_of_ms(ms), before;

	do {
		before = tick_in(moment);
		if (tick <= before || !before)
			return;
	} while (!__atomic_compare_exchange_n(&header->moment, &moment, tick_put(moment, tick), 0,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	ms -= tick_ms(before);
	if (ms > __atomic_load_n(&header->tick_gap_ms, __ATOMIC_RELAXED))
		__atomic_store_n(&header->tick_gap_ms, ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX,
				 __ATOMIC_RELAXED);
}

#endif
