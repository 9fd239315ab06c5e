/*
 * leak_heap: the live blocks at a leak check, from the shadow, in order of
 * address; and the block that an address is in, in constant time.
 *
 *        address  | region 38..26 | bucket 25..8 | 7..0 |
 *                        |               |
 *   region table: [ . . . * . ]          |       1 + the first block that starts after
 *                         +-> buckets: [ . * . ]  the bucket's first byte; 0: none is near
 *
 * In the child alone.
 */
#ifndef DAGMEM_TRACER_LEAK_HEAP_H
#define DAGMEM_TRACER_LEAK_HEAP_H

#include "tracer/hint.h"
#include "tracer/leak_maps.h"
#include "tracer/shadow.h"

struct leak_block {
	uint64_t address;
	uint32_t words;                 /* of 8 bytes, usable */
	uint32_t account;
};

enum { LEAK_BUCKET_BITS = 8, LEAK_WHOLE_REGION = 1, LEAK_CHUNKS_MAX = 1 << 17 };

static const uint32_t LEAK_NO_BLOCK = UINT32_MAX;

struct leak_span { uintptr_t start, end; };

struct leak_heap {
	struct leak_block *block;       /* one more than `count`, at the end of all addresses */
	uint32_t count;
	uintptr_t low, span;            /* all blocks lie in [low, low + span] */
	uint32_t **region;              /* from low's on; NULL: no block is near; LEAK_WHOLE_REGION */
	uint32_t *whole;                /* what regions inside one huge block have instead of buckets */
	struct leak_span *chunk;        /* what glibc mapped for single blocks, by address */
	uint32_t chunk_count;
	uint64_t usable_bytes;
};

/* False: no memory. */
bool leak_heap_collect(struct leak_heap *heap, const struct leak_maps *maps);

static inline uintptr_t leak_block_bytes(const struct leak_block *block)
{
	return (uintptr_t)block->words * 8;
}

/* Whether `value` may point to a block: worth a look. */
static inline bool leak_heap_may_hold(const struct leak_heap *heap, uintptr_t value)
{
	return value - heap->low <= heap->span;
}

/* Where the search for `value`'s block begins, for which leak_heap_may_hold(); NULL: it is in none. */
static inline const uint32_t *leak_heap_bucket(const struct leak_heap *heap, uintptr_t value)
{
	const uint32_t *buckets = heap->region[(value >> SHADOW_REGION_BITS) -
					       (heap->low >> SHADOW_REGION_BITS)];
	const uintptr_t inside = ((uintptr_t)1 << SHADOW_REGION_BITS) - 1;

	if (unlikely((uintptr_t)buckets & LEAK_WHOLE_REGION))
		return (const uint32_t *)((uintptr_t)buckets & ~(uintptr_t)LEAK_WHOLE_REGION);
	return buckets ? &buckets[(value & inside) >> LEAK_BUCKET_BITS] : NULL;
}

/* The block that holds `value`, or that it is the end of, searched from what the bucket says. */
static inline uint32_t leak_heap_resolve(const struct leak_heap *heap, uint32_t from, uintptr_t value)
{
	uint32_t at = from - 1;

	while (heap->block[at].address <= value)
		at++;
	if (!at || value - heap->block[at - 1].address > leak_block_bytes(&heap->block[at - 1]))
		return LEAK_NO_BLOCK;
	return at - 1;
}

/* The block that `value` points into, or to the end of; LEAK_NO_BLOCK. */
static inline uint32_t leak_heap_find(const struct leak_heap *heap, uintptr_t value)
{
	const uint32_t *bucket;

	if (!leak_heap_may_hold(heap, value))
		return LEAK_NO_BLOCK;
	bucket = leak_heap_bucket(heap, value);
	return bucket && *bucket ? leak_heap_resolve(heap, *bucket, value) : LEAK_NO_BLOCK;
}

/* As the program asked for it. */
static inline uint64_t leak_block_requested(const struct leak_block *block)
{
	uint64_t usable = leak_block_bytes(block), slack = shadow_get(block->address, false).slack_bytes;

	return usable > slack ? usable - slack : 0;
}

#endif
