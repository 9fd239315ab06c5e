/*
 * unwind_walk: a whole stack, walked without the help of a memo: what the
 * memo's walk falls back to for signal frames, rules that rows can't express
 * and code without rules; and what a signal handler uses that interrupted a
 * hook.
 */
#ifndef DAGMEM_TRACER_UNWIND_WALK_H
#define DAGMEM_TRACER_UNWIND_WALK_H

#include "tracer/unwind.h"

struct walk {
	uint64_t *place;                /* innermost first; see struct tree_node */
	uint32_t length, capacity;
	bool truncated;                 /* the thread's start was not reached */
};

/* Walk from `caller` outward by rows, libunwind where they end. False: no room at all. */
bool walk_stack(struct walk *walk, const struct frame *caller);

/* Add a frame, making room; false when there is no memory. */
bool walk_add(struct walk *walk, uint64_t place);

#endif
