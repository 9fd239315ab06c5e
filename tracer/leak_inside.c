#include "tracer/leak_inside.h"

static uintptr_t word_at(uintptr_t address)
{
	return *(const uintptr_t *)address;
}

static bool is_string(const struct leak_block *block, uint64_t bytes)
{
	const uintptr_t head = 3 * sizeof(uintptr_t);
	uintptr_t length, capacity;

	if (bytes <= head)
		return false;
	length = word_at(block->address);
	capacity = word_at(block->address + 8);
	return length <= capacity && capacity < bytes && head + capacity + 1 == bytes;
}

static bool is_counted(const struct leak_block *block, uint64_t bytes)
{
	uintptr_t first = word_at(block->address);

	return first == bytes - 8 || (first && first <= bytes - 8 && (bytes - 8) % first == 0);
}

/* A table of virtual functions is read-only data that leads to code. */
static bool is_function_table(uintptr_t table, const struct leak_maps *maps)
{
	const struct leak_map *map = leak_maps_find(maps, table);

	if (!map || table % 8 || !map->readable || map->writable || map->kind != MAP_OF_FILE)
		return false;
	for (uintptr_t at = table; at < table + 5 * 8 && at + 8 <= map->end; at += 8) {
		const struct leak_map *code;

		if (!word_at(at))
			continue;
		code = leak_maps_find(maps, word_at(at));
		return code && code->executable;
	}
	return false;
}

bool leak_inside_is_start(const struct leak_block *block, uintptr_t pointer, const struct leak_maps *maps)
{
	uintptr_t offset = pointer - block->address;
	uint64_t bytes = leak_block_requested(block);

	if (offset % 8 || offset + 8 > bytes)
		return offset == 24 && is_string(block, bytes);
	if (offset == 24 && is_string(block, bytes))
		return true;
	if (offset == 8 && is_counted(block, bytes))
		return true;
	return is_function_table(word_at(pointer), maps) &&
	       is_function_table(word_at(block->address), maps);
}
