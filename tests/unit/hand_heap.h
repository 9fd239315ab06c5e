/*
 * hand_heap: a small heap made by hand, for tests of tracer/leak_*: blocks, the
 * words in them, and root words of any holder.
 *
 *     mapping | 16 bytes: size | block | gap | size | block | gap | ... | root words |
 *
 * The sizes are what the made-up allocator tells the tracer.  A heap of many
 * blocks is as quickly made as a small one.
 */
#ifndef DAGMEM_TESTS_UNIT_HAND_HEAP_H
#define DAGMEM_TESTS_UNIT_HAND_HEAP_H

#include "tracer/leak_lost.h"
#include "tracer/leak_mark.h"

struct hand_heap {
	uintptr_t start, end;           /* of the mapping */
	uintptr_t next, next_root;
	uint32_t blocks;
	struct leak_map map[4];         /* the mapping; more of the test's own */
	struct leak_maps maps;
	struct leak_heap heap;
	struct leak_ranges roots, kept;
	struct leak_marker marker;
};

/* Room for `bytes` of blocks and `roots` root words. */
struct hand_heap *hand_heap_new(size_t bytes, uint32_t roots);
void hand_heap_free(struct hand_heap *hand);

/* A zeroed block of `bytes` usable, of which `slack` were not asked for. */
uintptr_t hand_block(struct hand_heap *hand, size_t bytes, size_t slack, uint32_t account);

/* Word `word` of block `from` becomes `value`. */
void hand_point(uintptr_t from, unsigned word, uintptr_t value);

/* A root word; its address. */
uintptr_t hand_root(struct hand_heap *hand, enum leak_holder holder, uint8_t flags, uint32_t tid, uintptr_t value);

/* Judge all blocks.  False: no memory. */
bool hand_judge(struct hand_heap *hand, bool tagged);

/* The parts of it, for what needs them alone. */
bool hand_prepare(struct hand_heap *hand);

enum heap_verdict hand_verdict(const struct hand_heap *hand, uintptr_t block);

/* What holds a reachable or possible block. */
const struct leak_held *hand_holder(const struct hand_heap *hand, uintptr_t block);

/* The block that points to it; 0: the root does. */
uintptr_t hand_parent(const struct hand_heap *hand, uintptr_t block);

#endif
