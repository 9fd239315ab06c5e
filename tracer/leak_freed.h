/*
 * leak_freed: which lost blocks freed memory still points to.  What held them
 * was then probably freed without them: it is how most are lost.
 *
 * The allocator overwrites the first words of what is freed, and memory is used
 * again, so that none need be found; and a word may be older than the block
 * that it points to now.  So it is a hint and changes no verdict.  glibc's heap
 * only; in a leak check's child.
 */
#ifndef DAGMEM_TRACER_LEAK_FREED_H
#define DAGMEM_TRACER_LEAK_FREED_H

#include "tracer/leak_lost.h"

/* A definite block whose start a word of freed memory is. */
enum { STATE_FREED = 128 };

/* After leak_lost_classify().  `heap`: ranges of the allocator's memory, in order. */
void leak_freed_note(struct leak_marker *marker, const struct leak_ranges *heap);

#endif
