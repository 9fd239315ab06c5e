#include "tracer/leak_mark.h"

#include <string.h>

#include "tracer/leak_inside.h"
#include "tracer/leak_pages.h"
#include "tracer/memory.h"
#include "tracer/sys.h"

enum {
	BLOCKS_AHEAD = 24, WORDS_AHEAD = 8, FETCHED_BYTES = 384, LINE = 64,
	SPARSE_BYTES = 1 << 20, LARGE_BYTES = 4 << 20,
};

static void *table(size_t bytes)
{
	void *start = memory_reserve(bytes);

	if (start && bytes > LARGE_BYTES)
		sys_madvise(start, bytes, MADV_HUGEPAGE);
	return start;
}

bool leak_mark_init(struct leak_marker *marker, const struct leak_heap *heap,
		    const struct leak_ranges *roots, const struct leak_maps *maps)
{
	size_t count = (size_t)heap->count + 1;

	memset(marker, 0, sizeof *marker);
	marker->heap = heap;
	marker->roots = roots;
	marker->maps = maps;
	marker->state = table(count);
	marker->mark = table(count * sizeof *marker->mark);
	marker->queue = table(count * sizeof *marker->queue);
	marker->inside = memory_reserve(count * sizeof *marker->inside);
	marker->held = memory_reserve(LEAK_HELD_MAX * sizeof *marker->held);
	return marker->state && marker->mark && marker->queue && marker->inside && marker->held;
}

/* --- Reached ------------------------------------------------------------------ */

/* A root word's entry among the holders; those past the last share it. */
static uint32_t hold(struct leak_marker *marker, uintptr_t word)
{
	const struct leak_range *range = &marker->roots->range[marker->range];
	uint32_t at = marker->held_count;

	if (at == LEAK_HELD_MAX)
		return at - 1;
	marker->held[at] = (struct leak_held){
		word, range->tid, marker->mode == MARK_TAGGED ? HELD_BY_TAGGED : range->holder
	};
	marker->held_count++;
	return at;
}

static void note(struct leak_marker *marker, uint32_t at, const struct leak_candidate *candidate)
{
	marker->mark[at] = (struct leak_mark){
		candidate->parent == LEAK_NO_BLOCK ? hold(marker, candidate->word) :
			marker->mark[candidate->parent].holder,
		candidate->parent,
	};
}

void leak_mark_queue(struct leak_marker *marker, uint32_t at)
{
	marker->queue[marker->tail++] = at;
}

static void take(struct leak_marker *marker, uint32_t at, enum heap_verdict verdict,
		 const struct leak_candidate *candidate)
{
	note(marker, at, candidate);
	marker->state[at] = (uint8_t)((marker->state[at] & ~STATE_VERDICT) | verdict);
	leak_mark_queue(marker, at);
}

static bool is_loaders(const struct leak_marker *marker, const struct leak_candidate *candidate)
{
	return candidate->parent == LEAK_NO_BLOCK &&
	       marker->roots->range[marker->range].flags & RANGE_LOADER;
}

static void reach_inside(struct leak_marker *marker, uint32_t at, const struct leak_candidate *candidate)
{
	const struct leak_block *block = &marker->heap->block[at];

	if (candidate->parent == LEAK_NO_BLOCK &&
	    leak_is_bin(&marker->roots->range[marker->range], candidate->value, block))
		return;
	if (is_loaders(marker, candidate) ||
	    leak_inside_is_start(block, candidate->value, marker->maps)) {
		take(marker, at, VERDICT_REACHABLE, candidate);
	} else if (!(marker->state[at] & STATE_INSIDE_SEEN)) {
		marker->state[at] |= STATE_INSIDE_SEEN;
		note(marker, at, candidate);
		marker->inside[marker->inside_count++] = at;
	}
}

/* A candidate has turned out to point to block `at`. */
static inline void reach(struct leak_marker *marker, uint32_t at, const struct leak_candidate *candidate)
{
	if (likely(marker->state[at] & STATE_VERDICT))
		return;
	switch (marker->mode) {
	case MARK_REACHABLE:
		if (likely(candidate->value == marker->heap->block[at].address))
			take(marker, at, VERDICT_REACHABLE, candidate);
		else
			reach_inside(marker, at, candidate);
		break;
	case MARK_POSSIBLE:
	case MARK_TAGGED:
		take(marker, at, VERDICT_POSSIBLE, candidate);
		break;
	case MARK_PRECEDED:
		if (at != candidate->parent)
			marker->state[at] |= STATE_PRECEDED;
		break;
	case MARK_INDIRECT:
		take(marker, at, VERDICT_INDIRECT, candidate);
		break;
	}
}

/* --- The rings ------------------------------------------------------------------ */

static inline void leave_block_ring(struct leak_marker *marker)
{
	const struct leak_candidate candidate = marker->block_ring[marker->block_head++ % LEAK_RING];
	uint32_t at = leak_heap_resolve(marker->heap, candidate.bucket, candidate.value);

	if (at != LEAK_NO_BLOCK)
		reach(marker, at, &candidate);
}

static inline void leave_bucket_ring(struct leak_marker *marker)
{
	struct leak_candidate *candidate = &marker->bucket_ring[marker->bucket_head++ % LEAK_RING];
	const uint32_t *bucket = leak_heap_bucket(marker->heap, candidate->value);

	if (!bucket || !*bucket)
		return;
	candidate->bucket = *bucket;
	__builtin_prefetch(&marker->heap->block[candidate->bucket - 1]);
	__builtin_prefetch(&marker->state[candidate->bucket - 1]);
	if (marker->block_tail - marker->block_head == LEAK_RING)
		leave_block_ring(marker);
	marker->block_ring[marker->block_tail++ % LEAK_RING] = *candidate;
}

static inline void offer(struct leak_marker *marker, uintptr_t value, uintptr_t word, uint32_t parent)
{
	const uint32_t *bucket;

	if (likely(!leak_heap_may_hold(marker->heap, value)))
		return;
	bucket = leak_heap_bucket(marker->heap, value);
	if (!bucket)
		return;
	__builtin_prefetch(bucket);
	if (marker->bucket_tail - marker->bucket_head == LEAK_RING)
		leave_bucket_ring(marker);
	marker->bucket_ring[marker->bucket_tail++ % LEAK_RING] =
		(struct leak_candidate){ value, word, parent, 0 };
}

void leak_mark_flush(struct leak_marker *marker)
{
	while (marker->bucket_head != marker->bucket_tail)
		leave_bucket_ring(marker);
	while (marker->block_head != marker->block_tail)
		leave_block_ring(marker);
}

/* --- Words ------------------------------------------------------------------------ */

/* What a word may be but for its tag: bits above and below the address; and half a word further. */
static void offer_tagged(struct leak_marker *marker, uintptr_t word, uintptr_t end, uint32_t parent)
{
	const uintptr_t address_bits = ((uintptr_t)1 << MACHINE_ADDRESS_BITS) - 1;
	uintptr_t value = *(const uintptr_t *)word, shifted;

	if (value & ~address_bits || value & 7)
		offer(marker, value & address_bits & ~(uintptr_t)7, word, parent);
	if (word + 12 > end)
		return;
	memcpy(&shifted, (const void *)(word + 4), sizeof shifted);
	offer(marker, shifted, word + 4, parent);
}

static inline void look_through(struct leak_marker *marker, uintptr_t start, uintptr_t end, uint32_t parent)
{
	start = (start + 7) & ~(uintptr_t)7;
	if (unlikely(marker->mode == MARK_TAGGED)) {
		for (uintptr_t word = start; word + 8 <= end; word += 8)
			offer_tagged(marker, word, end, parent);
		return;
	}
	for (uintptr_t word = start; word + 8 <= end; word += 8)
		offer(marker, *(const uintptr_t *)word, word, parent);
}

struct part { struct leak_marker *marker; uint32_t parent; };

static void look_through_part(void *context, uintptr_t start, uintptr_t end)
{
	const struct part *part = context;

	look_through(part->marker, start, end, part->parent);
}

static inline void look_through_block(struct leak_marker *marker, uint32_t at)
{
	const struct leak_block *block = &marker->heap->block[at];
	uintptr_t end = block->address + leak_block_bytes(block);

	if (likely(leak_block_bytes(block) < SPARSE_BYTES))
		look_through(marker, block->address, end, at);
	else
		leak_pages_each(block->address, end, look_through_part, &(struct part){ marker, at });
}

void leak_mark_block(struct leak_marker *marker, enum leak_mode mode, uint32_t at)
{
	marker->mode = mode;
	look_through_block(marker, at);
}

/* Blocks in some places of the queue further on: first their entry, then their words. */
static inline void fetch_ahead(const struct leak_marker *marker)
{
	const struct leak_block *block = marker->heap->block;
	uint32_t waiting = marker->tail - marker->head;

	if (waiting > BLOCKS_AHEAD)
		__builtin_prefetch(&block[marker->queue[marker->head + BLOCKS_AHEAD]]);
	if (waiting > WORDS_AHEAD) {
		const struct leak_block *soon = &block[marker->queue[marker->head + WORDS_AHEAD]];
		uintptr_t bytes = leak_block_bytes(soon);

		for (uintptr_t at = 0; at < bytes && at < FETCHED_BYTES; at += LINE)
			__builtin_prefetch((const void *)(soon->address + at));
	}
}

void leak_mark_drain(struct leak_marker *marker, enum leak_mode mode)
{
	marker->mode = mode;
	do {
		while (marker->head != marker->tail) {
			fetch_ahead(marker);
			look_through_block(marker, marker->queue[marker->head++]);
		}
		leak_mark_flush(marker);
	} while (marker->head != marker->tail);
}

/* --- Roots -------------------------------------------------------------------------- */

static void look_through_range(struct leak_marker *marker, uint32_t index)
{
	const struct leak_range *range = &marker->roots->range[index];
	struct part part = { marker, LEAK_NO_BLOCK };

	marker->range = index;
	if (range->flags & RANGE_SPARSE)
		leak_pages_each(range->start, range->end, look_through_part, &part);
	else if (range->flags & RANGE_PROBE)
		leak_pages_each_readable(range->start, range->end, look_through_part, &part);
	else
		look_through(marker, range->start, range->end, LEAK_NO_BLOCK);
	leak_mark_flush(marker);        /* while `range` is what holds them */
}

static void mark_from(struct leak_marker *marker, enum leak_holder holder, enum leak_mode mode)
{
	bool unsure = mode != MARK_REACHABLE;

	marker->mode = mode;
	for (uint32_t i = 0; i < marker->roots->count; i++) {
		const struct leak_range *range = &marker->roots->range[i];

		if (range->holder == holder && ((range->flags & RANGE_UNSURE) != 0) == unsure)
			look_through_range(marker, i);
	}
	leak_mark_drain(marker, mode);
}

/* Before all roots, since in order of address the loader's own data may lead to them. */
static void mark_kept(struct leak_marker *marker, const struct leak_ranges *kept)
{
	for (uint32_t i = 0; i < kept->count; i++) {
		const struct leak_range *range = &kept->range[i];
		uint32_t at = leak_heap_find(marker->heap, range->start);

		if (at == LEAK_NO_BLOCK || leak_verdict_of(marker, at))
			continue;
		marker->held[marker->held_count] = (struct leak_held){ 0, range->tid, range->holder };
		marker->mark[at] = (struct leak_mark){ marker->held_count, LEAK_NO_BLOCK };
		if (marker->held_count + 1 < LEAK_HELD_MAX)
			marker->held_count++;
		marker->state[at] |= VERDICT_REACHABLE | STATE_ENDS;
	}
}

/* Blocks that only pointers into their inside lead to, and all that they lead to. */
static void mark_inside(struct leak_marker *marker)
{
	for (uint32_t i = 0; i < marker->inside_count; i++) {
		uint32_t at = marker->inside[i];

		if (leak_verdict_of(marker, at))
			continue;
		marker->state[at] |= VERDICT_POSSIBLE;
		leak_mark_queue(marker, at);
	}
	leak_mark_drain(marker, MARK_POSSIBLE);
}

/* Once more through everything that was reached. */
static void mark_tagged(struct leak_marker *marker)
{
	uint32_t reached = marker->tail;

	marker->mode = MARK_TAGGED;
	for (uint32_t i = 0; i < marker->roots->count; i++)
		look_through_range(marker, i);
	for (uint32_t i = 0; i < reached; i++)
		look_through_block(marker, marker->queue[i]);
	leak_mark_flush(marker);
	leak_mark_drain(marker, MARK_POSSIBLE);
}

void leak_mark_all(struct leak_marker *marker, const struct leak_ranges *kept, bool tagged)
{
	static const enum leak_holder order[] = {
		HELD_BY_GLOBAL, HELD_BY_TLS, HELD_BY_LOADER, HELD_BY_MAPPING, HELD_BY_STACK,
		HELD_BY_REGISTER, HELD_BY_REALLOC, HELD_BY_EXIT_STACK,
	};

	mark_kept(marker, kept);
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		mark_from(marker, order[i], MARK_REACHABLE);
	mark_inside(marker);
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		mark_from(marker, order[i], MARK_POSSIBLE);
	if (tagged)
		mark_tagged(marker);
}
