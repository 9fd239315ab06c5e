/*
 * intern: each distinct text once, by number.
 *
 * Numbers count from 0 in the order of first use.  `struct intern in =
 * INTERN_INIT(arena)` is an empty one; intern_release() accepts it.  The texts
 * live in the arena and outlive it.  Not thread-safe.
 */
#ifndef DAGMEM_BASE_INTERN_H
#define DAGMEM_BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"

struct intern {
	struct map map;
	struct arena *arena;
	const char **texts;
	size_t count, capacity;
};

#define INTERN_INIT(arena) { MAP_INIT, (arena), NULL, 0, 0 }

/* The number of `text`, new or not; MAP_NONE for NULL, and without memory. */
uint32_t intern_add(struct intern *intern, const char *text);

/* The text of a number; NULL for MAP_NONE. */
const char *intern_text(const struct intern *intern, uint32_t number);

void intern_release(struct intern *intern);

#endif
