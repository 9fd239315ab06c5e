/*
 * position_set: which positions of an order may start, smallest first.
 *
 * A tree of bit words, 64 children each: adding and taking cost one word per
 * level, and never allocate.  One thread at a time.
 */
#ifndef DAGMEM_RUNNER_POSITION_SET_H
#define DAGMEM_RUNNER_POSITION_SET_H

#include <stdbool.h>
#include <stdint.h>

enum { POSITION_LEVELS_MAX = 6 };       /* 64^6 > 2^32 */

struct position_set {
	uint64_t *level[POSITION_LEVELS_MAX];   /* 0: a bit per position; then a bit per word below */
	unsigned levels;
};

/* For positions below `count`; false: no memory. */
bool position_set_init(struct position_set *set, uint32_t count);
void position_set_release(struct position_set *set);

void position_set_add(struct position_set *set, uint32_t position);

/* Take the smallest out; false when empty. */
bool position_set_take(struct position_set *set, uint32_t *position);

#endif
