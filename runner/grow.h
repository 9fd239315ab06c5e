/*
 * grow: arrays that get longer.
 *
 * For builders, whose final length is not known.  Capacity at least doubles,
 * so appending is linear in total.
 */
#ifndef DAGMEM_RUNNER_GROW_H
#define DAGMEM_RUNNER_GROW_H

#include <stddef.h>

/*
 * Return `array` with room for `wanted` items of `item_bytes` and update
 * `*capacity`, or NULL when there is no memory: `array` is then as it was.
 * What is new is not initialised.
 */
void *grow(void *array, size_t *capacity, size_t wanted, size_t item_bytes);

#endif
