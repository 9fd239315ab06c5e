/*
 * map: from a key of 128 bits to a number.
 *
 * For numbering what is distinct: ids, pairs of ids, addresses.  Open
 * addressing, amortised constant time.  `struct map map = MAP_INIT` is an
 * empty one; map_release() accepts it.  Not thread-safe.
 */
#ifndef DAGMEM_BASE_MAP_H
#define DAGMEM_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_key { uint64_t high, low; };

struct map {
	struct map_slot *slots;
	size_t capacity;        /* 0 or a power of two */
	size_t count;
};

#define MAP_INIT { NULL, 0, 0 }
#define MAP_NONE UINT32_MAX

/* The number of `key`, or MAP_NONE. */
uint32_t map_get(const struct map *map, struct map_key key);

/*
 * The number of `key`; when it has none yet, `fresh` becomes it.  MAP_NONE,
 * which `fresh` may not be, means that there is no memory.
 */
uint32_t map_add(struct map *map, struct map_key key, uint32_t fresh);

void map_release(struct map *map);

#endif
