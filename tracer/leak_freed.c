#include "tracer/leak_freed.h"

#include "tracer/leak_pages.h"

enum {
	LEAST_BYTES = 16,               /* less is between two blocks that follow each other */
	LARGE_BYTES = 1 << 16,          /* such a gap may have pages that were never touched */
};

static bool is_lost(const struct leak_marker *marker)
{
	for (uint32_t i = 0; i < marker->heap->count; i++)
		if (leak_verdict_of(marker, i) == VERDICT_DEFINITE)
			return true;
	return false;
}

static void look(void *context, uintptr_t start, uintptr_t end)
{
	struct leak_marker *marker = context;

	for (uintptr_t word = start; word + sizeof word <= end; word += sizeof word) {
		uintptr_t value = *(const uintptr_t *)word;
		uint32_t at = leak_heap_find(marker->heap, value);

		if (at != LEAK_NO_BLOCK && marker->heap->block[at].address == value &&
		    leak_verdict_of(marker, at) == VERDICT_DEFINITE)
			marker->state[at] |= STATE_FREED;
	}
}

static void look_into_gap(struct leak_marker *marker, uintptr_t start, uintptr_t end)
{
	if (end < start || end - start < LEAST_BYTES)
		return;
	if (end - start < LARGE_BYTES)
		look(marker, start, end);
	else
		leak_pages_each(start, end, look, marker);
}

/* What of `range` is in no block; returns the first block behind it, of those from `at` on. */
static uint32_t look_between(struct leak_marker *marker, const struct leak_range *range, uint32_t at)
{
	const struct leak_heap *heap = marker->heap;
	uintptr_t from = range->start;

	while (at < heap->count && heap->block[at].address < from)
		at++;
	for (; at < heap->count && heap->block[at].address < range->end; at++) {
		look_into_gap(marker, from, heap->block[at].address);
		from = heap->block[at].address + leak_block_bytes(&heap->block[at]);
	}
	look_into_gap(marker, from, range->end);
	return at;
}

void leak_freed_note(struct leak_marker *marker, const struct leak_ranges *heap)
{
	uint32_t at = 0;

	if (!is_lost(marker))
		return;
	for (uint32_t i = 0; i < heap->count; i++)
		at = look_between(marker, &heap->range[i], at);
}
