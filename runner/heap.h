/*
 * heap: a binary min-heap of (key, node), ties to the smaller node.
 *
 * Used by orders that ask again and again for the best node or state.  Grows as needed; one thread at a time.
 */
#ifndef DAGMEM_RUNNER_HEAP_H
#define DAGMEM_RUNNER_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_entry {
	int64_t key;
	uint32_t node;
};

struct heap {
	struct heap_entry *entries;
	size_t count, capacity;
};

#define HEAP_INIT { NULL, 0, 0 }

void heap_release(struct heap *heap);

/* false: no memory; the heap is as it was. */
bool heap_push(struct heap *heap, int64_t key, uint32_t node);

/* Take the smallest off; false when empty. */
bool heap_pop(struct heap *heap, struct heap_entry *entry);

#endif
