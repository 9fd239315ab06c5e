#include "tracer/leak_heap.h"

#include <string.h>

#include "tracer/memory.h"
#include "tracer/real.h"
#include "tracer/sys.h"

enum {
	BUCKETS = 1 << (SHADOW_REGION_BITS - LEAK_BUCKET_BITS),
	LARGE_BYTES = 4 << 20,
};

/* How many entries of the shadow say that a block begins; an upper bound is enough. */
static uint64_t count_entries(const uint32_t *entry, size_t entries)
{
	uint64_t count = 0;

	for (size_t i = 0; i < entries; i++)
		count += entry[i] != 0;
	return count;
}

/* The shadow of a part of a map that lies in one region. */
struct piece { uintptr_t start; const uint32_t *entry; size_t entries; };

static struct piece next_piece(uintptr_t *at, uintptr_t end)
{
	const uintptr_t region_bytes = (uintptr_t)1 << SHADOW_REGION_BITS;
	uintptr_t stop = (*at | (region_bytes - 1)) + 1;
	uint32_t *leaf = shadow_leaf(*at);
	struct piece piece = { *at, leaf ? leaf + shadow_index(*at) : NULL, 0 };

	if (stop > end)
		stop = end;
	if (leaf)
		piece.entries = (stop - *at) >> shadow.granule_shift;
	*at = stop;
	return piece;
}

/* Blocks are in memory that is the process's own, readable and writable. */
static bool may_have_blocks(const struct leak_map *map)
{
	return map->readable && map->writable && (map->kind == MAP_PLAIN || map->kind == MAP_BRK ||
						  map->kind == MAP_OF_FILE || map->kind == MAP_OF_MEMORY);
}

/* Where memory that can be read ends, going on from map `at`. */
static uintptr_t readable_end(const struct leak_maps *maps, uint32_t at)
{
	uintptr_t end = maps->map[at].end;

	while (++at < maps->count && maps->map[at].start == end && maps->map[at].readable)
		end = maps->map[at].end;
	return end;
}

static uint64_t count_blocks(const struct leak_maps *maps)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < maps->count; i++) {
		uintptr_t at = maps->map[i].start;

		while (may_have_blocks(&maps->map[i]) && at < maps->map[i].end) {
			struct piece piece = next_piece(&at, maps->map[i].end);

			count += count_entries(piece.entry, piece.entries);
		}
	}
	return count;
}

/* A chunk of glibc's that it mapped by itself: { what lies before it, size | flags, block ... } */
static void note_chunk(struct leak_heap *heap, uintptr_t address, uintptr_t size)
{
	uintptr_t start = address - 16 - ((const uintptr_t *)address)[-2];

	if (heap->chunk_count < LEAK_CHUNKS_MAX)
		heap->chunk[heap->chunk_count++] = (struct leak_span){ start, start + size };
}

/* malloc_usable_size(); of glibc's chunks from their header, without the call. */
static uintptr_t usable_size(struct leak_heap *heap, uintptr_t address)
{
	const uintptr_t flags = 7, is_mapped = 2;
	uintptr_t size;

	if (!real.glibc)
		return real.usable_size((void *)address);
	size = ((const uintptr_t *)address)[-1];
	if (likely(!(size & is_mapped)))
		return (size & ~flags) - 8;
	note_chunk(heap, address, size & ~flags);
	return (size & ~flags) - 16 - ((const uintptr_t *)address)[-2];
}

static void add_block(struct leak_heap *heap, uintptr_t address, uint32_t account, uintptr_t end)
{
	uintptr_t usable = usable_size(heap, address);

	if (usable > end - address)     /* freed behind our back, and something else by now */
		usable = end - address;
	if (usable / 8 > UINT32_MAX)
		usable = (uintptr_t)UINT32_MAX * 8;
	heap->usable_bytes += usable;
	heap->block[heap->count++] = (struct leak_block){ address, (uint32_t)(usable / 8), account };
}

/* As shadow_each(), of a piece; *skip: the granule that holds wide slack of the block before. */
static void add_piece(struct leak_heap *heap, const struct piece *piece, uintptr_t *skip, uintptr_t end)
{
	const uintptr_t granule = (uintptr_t)1 << shadow.granule_shift;

	for (size_t i = 0; i < piece->entries; i++) {
		uintptr_t address = piece->start + i * granule;
		uint32_t entry = piece->entry[i];

		if (likely(!entry) || address == *skip)
			continue;
		if ((entry & SLACK_MASK) == SLACK_WIDE)
			*skip = address + granule;
		address |= entry & ENTRY_HALF ? granule / 2 : 0;
		add_block(heap, address, entry >> ENTRY_ACCOUNT_SHIFT, end);
	}
}

static void add_blocks(struct leak_heap *heap, const struct leak_maps *maps)
{
	uintptr_t skip = 0;

	for (uint32_t i = 0; i < maps->count; i++) {
		uintptr_t at = maps->map[i].start, end = readable_end(maps, i);

		while (may_have_blocks(&maps->map[i]) && at < maps->map[i].end) {
			struct piece piece = next_piece(&at, maps->map[i].end);

			add_piece(heap, &piece, &skip, end);
		}
	}
}

static size_t region_of(const struct leak_heap *heap, uintptr_t address)
{
	return (address >> SHADOW_REGION_BITS) - (heap->low >> SHADOW_REGION_BITS);
}

/* Enter block `i` into the buckets [first, last] of one region. */
static bool index_buckets(struct leak_heap *heap, uint32_t i, uintptr_t first, uintptr_t last)
{
	uintptr_t address = heap->block[i].address;
	size_t region = region_of(heap, first << LEAK_BUCKET_BITS);

	if (last - first == BUCKETS - 1 && address <= first << LEAK_BUCKET_BITS && !heap->region[region]) {
		heap->whole[region] = i + 2;
		heap->region[region] = (uint32_t *)((uintptr_t)&heap->whole[region] | LEAK_WHOLE_REGION);
		return true;
	}
	if ((uintptr_t)heap->region[region] & LEAK_WHOLE_REGION)
		return true;    /* the search from the huge block on finds this one */
	if (!heap->region[region])
		heap->region[region] = memory_reserve(BUCKETS * sizeof **heap->region);
	if (!heap->region[region])
		return false;
	for (uintptr_t at = first; at <= last; at++) {
		uint32_t *bucket = &heap->region[region][at % BUCKETS];

		if (!*bucket)
			*bucket = address > at << LEAK_BUCKET_BITS ? i + 1 : i + 2;
	}
	return true;
}

/* Enter block `i` into the buckets that it meets, its end included. */
static bool index_block(struct leak_heap *heap, uint32_t i)
{
	const struct leak_block *block = &heap->block[i];
	uintptr_t at = block->address >> LEAK_BUCKET_BITS;
	uintptr_t last = (block->address + leak_block_bytes(block)) >> LEAK_BUCKET_BITS;

	while (at <= last) {
		uintptr_t end = at | (BUCKETS - 1);

		if (!index_buckets(heap, i, at, end < last ? end : last))
			return false;
		at = end + 1;
	}
	return true;
}

static bool make_index(struct leak_heap *heap)
{
	size_t regions = 1;

	if (heap->count) {
		const struct leak_block *last = &heap->block[heap->count - 1];

		heap->low = heap->block[0].address;
		heap->span = last->address + leak_block_bytes(last) - heap->low;
		regions += region_of(heap, heap->low + heap->span);
	}
	heap->region = memory_reserve(regions * sizeof *heap->region);
	heap->whole = memory_reserve(regions * sizeof *heap->whole);
	if (!heap->region || !heap->whole)
		return false;
	for (uint32_t i = 0; i < heap->count; i++)
		if (!index_block(heap, i))
			return false;
	return true;
}

bool leak_heap_collect(struct leak_heap *heap, const struct leak_maps *maps)
{
	uint64_t bound = count_blocks(maps);
	size_t bytes = (bound + 1) * sizeof *heap->block;

	*heap = (struct leak_heap){ .block = memory_reserve(bytes), .low = UINTPTR_MAX };
	heap->chunk = memory_reserve(LEAK_CHUNKS_MAX * sizeof *heap->chunk);
	if (!heap->block || !heap->chunk || bound >= UINT32_MAX / 2)
		return false;
	if (bytes > LARGE_BYTES)
		sys_madvise(heap->block, bytes, MADV_HUGEPAGE);
	add_blocks(heap, maps);
	heap->block[heap->count].address = UINTPTR_MAX;
	return make_index(heap);
}
