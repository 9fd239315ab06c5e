/*
 * random: numbers for tests that draw their input: the same seed, the same
 * numbers, so that a failure can be repeated.
 */
#ifndef DAGMEM_TESTS_UNIT_RANDOM_H
#define DAGMEM_TESTS_UNIT_RANDOM_H

#include <stdint.h>

struct random { uint64_t state; };

static inline uint64_t random_next(struct random *random)
{
	/* splitmix64 */
	uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* One of 0 .. n - 1. */
static inline uint64_t random_below(struct random *random, uint64_t n)
{
	return random_next(random) % n;
}

#endif
