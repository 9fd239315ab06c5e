/*
 * leak_mark: follows pointers from ranges of words through the live blocks,
 * breadth first, so that the first way to a block is a shortest one.
 *
 * Memory is the bottleneck: candidates wait in two rings while what they need
 * is fetched, first the bucket of the address, then the block; blocks to be
 * looked through are fetched some places ahead in the queue.
 *
 *     word -> ring 1 -> ring 2 -> reach() -> queue -> the words of the block
 *             bucket    block
 *
 * In the child alone.  33 to 40 bytes a block, with leak_heap.
 */
#ifndef DAGMEM_TRACER_LEAK_MARK_H
#define DAGMEM_TRACER_LEAK_MARK_H

#include "tracer/leak_heap.h"
#include "tracer/leak_ranges.h"

/* A block's state: a verdict (enum heap_verdict; 0: not reached), and flags. */
enum {
	STATE_VERDICT = 7, STATE_INSIDE_SEEN = 8, STATE_PRECEDED = 16,
	STATE_ENDS = 64,                /* alive, but not looked through */
};

/* How a block was reached. */
struct leak_mark {
	uint32_t holder;                /* index of a struct leak_held; of lost blocks see leak_lost.h */
	uint32_t parent;                /* the block that points to it; LEAK_NO_BLOCK: the root does */
};

/* A root that something was reached through. */
struct leak_held {
	uintptr_t address;              /* of the word */
	uint32_t tid;                   /* of the thread whose it is; 0: no thread's */
	uint32_t holder;                /* enum leak_holder */
};

enum leak_mode {
	MARK_REACHABLE,                 /* pointers to starts count; others are kept for MARK_POSSIBLE */
	MARK_POSSIBLE,                  /* all pointers count */
	MARK_TAGGED,                    /* of roots and blocks: pointers under tags, and unaligned ones */
	MARK_PRECEDED,                  /* note which unreached blocks an unreached one points to */
	MARK_INDIRECT,                  /* all pointers count, among lost blocks */
};

struct leak_candidate { uintptr_t value, word; uint32_t parent, bucket; };

enum { LEAK_RING = 16, LEAK_HELD_MAX = 1 << 20 };

struct leak_marker {
	const struct leak_heap *heap;
	const struct leak_ranges *roots;
	const struct leak_maps *maps;
	uint8_t *state;                 /* by block */
	struct leak_mark *mark;
	uint32_t *queue, head, tail;
	uint32_t *inside, inside_count; /* blocks that a pointer into their inside was seen to */
	struct leak_held *held;
	uint32_t held_count;
	enum leak_mode mode;
	uint32_t range;                 /* the root range that is looked through */
	struct leak_candidate bucket_ring[LEAK_RING], block_ring[LEAK_RING];
	uint32_t bucket_head, bucket_tail, block_head, block_tail;
};

/* False: no memory. */
bool leak_mark_init(struct leak_marker *marker, const struct leak_heap *heap,
		    const struct leak_ranges *roots, const struct leak_maps *maps);

/*
 * Everything that can be reached: blocks' states become VERDICT_REACHABLE or
 * VERDICT_POSSIBLE.  Those that begin in `kept` live, and are not looked through.
 */
void leak_mark_all(struct leak_marker *marker, const struct leak_ranges *kept, bool tagged);

/* For leak_lost: look through block `at` in `mode`; through what is queued, until nothing is. */
void leak_mark_block(struct leak_marker *marker, enum leak_mode mode, uint32_t at);
void leak_mark_flush(struct leak_marker *marker);
void leak_mark_drain(struct leak_marker *marker, enum leak_mode mode);
void leak_mark_queue(struct leak_marker *marker, uint32_t at);

/* Bins of the C library's main arena point to chunks: into the last word of the block before. */
static inline bool leak_is_bin(const struct leak_range *root, uintptr_t value, const struct leak_block *block)
{
	return root->flags & RANGE_LIBC && value - block->address + 8 == leak_block_bytes(block);
}

static inline uint32_t leak_verdict_of(const struct leak_marker *marker, uint32_t at)
{
	return marker->state[at] & STATE_VERDICT;
}

#endif
