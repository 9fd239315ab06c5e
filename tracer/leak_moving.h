/*
 * leak_moving: blocks that were inside realloc() when the process was copied.
 * The old one is in no table any more, the new one not yet; what they point to
 * is alive all the same.
 *
 * The old one is named by its thread (struct thread, in_flight).  The new one,
 * while only the allocator knows it, is looked for among the registers and the
 * innermost frames of the thread, as a chunk of glibc's that is in no table:
 * in memory that an allocator can have, and not in the tracer's own, whose
 * profile says of many blocks where they are.  In a leak check's child.
 */
#ifndef DAGMEM_TRACER_LEAK_MOVING_H
#define DAGMEM_TRACER_LEAK_MOVING_H

#include "tracer/leak_heap.h"
#include "tracer/leak_job.h"
#include "tracer/leak_ranges.h"

enum { LEAK_MOVING_MAX = 64 };          /* ranges a thread adds at most */

/* Add the blocks' words to `ranges`, as held by realloc; `tracer`: its memory, in order. */
void leak_moving_add(struct leak_ranges *ranges, const struct leak_ranges *tracer,
		     const struct leak_job *job, const struct leak_maps *maps, const struct leak_heap *heap);

/* How many threads move a block: for room in `ranges`. */
uint32_t leak_moving_count(void);

#endif
