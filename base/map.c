#include "base/map.h"

#include <stdbool.h>
#include <stdlib.h>

struct map_slot {
	struct map_key key;
	uint32_t value;
	uint32_t used;
};

/* The finalizer of splitmix64 (Steele, Lea, Flood 2014) over both halves. */
static uint64_t hash(struct map_key key)
{
	uint64_t x = key.high * UINT64_C(0x9e3779b97f4a7c15) + key.low;

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static bool same(struct map_key a, struct map_key b)
{
	return a.high == b.high && a.low == b.low;
}

/* The slot that holds `key`, or the free one where it belongs. */
static struct map_slot *find(const struct map *map, struct map_key key)
{
	size_t mask = map->capacity - 1;
	size_t i = hash(key) & mask;

	while (map->slots[i].used && !same(map->slots[i].key, key))
		i = (i + 1) & mask;
	return &map->slots[i];
}

static bool grow(struct map *map)
{
	struct map bigger = { .capacity = map->capacity ? map->capacity * 2 : 64, .count = map->count };

	bigger.slots = calloc(bigger.capacity, sizeof *bigger.slots);
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < map->capacity; i++)
		if (map->slots[i].used)
			*find(&bigger, map->slots[i].key) = map->slots[i];
	free(map->slots);
	*map = bigger;
	return true;
}

uint32_t map_get(const struct map *map, struct map_key key)
{
	if (!map->capacity)
		return MAP_NONE;
	const struct map_slot *slot = find(map, key);

	return slot->used ? slot->value : MAP_NONE;
}

uint32_t map_add(struct map *map, struct map_key key, uint32_t fresh)
{
	if (map->count >= map->capacity / 4 * 3 && !grow(map))
		return MAP_NONE;
	struct map_slot *slot = find(map, key);

	if (!slot->used) {
		*slot = (struct map_slot){ .key = key, .value = fresh, .used = 1 };
		map->count++;
	}
	return slot->value;
}

void map_release(struct map *map)
{
	free(map->slots);
	*map = (struct map)MAP_INIT;
}
