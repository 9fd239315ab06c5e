#include "runner/heap.h"

#include <stdlib.h>

#include "runner/grow.h"

void heap_release(struct heap *heap)
{
	free(heap->entries);
	*heap = (struct heap)HEAP_INIT;
}

static bool before(struct heap_entry a, struct heap_entry b)
{
	return a.key != b.key ? a.key < b.key : a.node < b.node;
}

bool heap_push(struct heap *heap, int64_t key, uint32_t node)
{
	struct heap_entry entry = { key, node };
	struct heap_entry *entries = grow(heap->entries, &heap->capacity, heap->count + 1, sizeof entry);

	if (!entries)
		return false;
	heap->entries = entries;
	size_t hole = heap->count++;
	while (hole && before(entry, entries[(hole - 1) / 2])) {
		entries[hole] = entries[(hole - 1) / 2];
		hole = (hole - 1) / 2;
	}
	entries[hole] = entry;
	return true;
}

/* Put `entry` into the hole at the root, smaller children moving up. */
static void sink(struct heap *heap, struct heap_entry entry)
{
	struct heap_entry *entries = heap->entries;
	size_t hole = 0;

	for (;;) {
		size_t child = 2 * hole + 1;

		if (child + 1 < heap->count && before(entries[child + 1], entries[child]))
			child++;
		if (child >= heap->count || !before(entries[child], entry))
			break;
		entries[hole] = entries[child];
		hole = child;
	}
	entries[hole] = entry;
}

bool heap_pop(struct heap *heap, struct heap_entry *entry)
{
	if (!heap->count)
		return false;
	*entry = heap->entries[0];
	struct heap_entry last = heap->entries[--heap->count];
	if (heap->count)
		sink(heap, last);
	return true;
}
