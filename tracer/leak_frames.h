/*
 * leak_frames: the function in whose frame a root on a stack lies.  In a leak
 * check's child, whose copy of the stacks stands still.
 */
#ifndef DAGMEM_TRACER_LEAK_FRAMES_H
#define DAGMEM_TRACER_LEAK_FRAMES_H

#include "tracer/leak_job.h"
#include "tracer/leak_maps.h"

/*
 * For a row held by a stack: module << 48 | address of the code, as a return
 * address.  By a register: where that thread is.  0: not known.
 */
uint64_t leak_frames_place(const struct leak_job *job, const struct leak_row *found,
			   const struct leak_maps *maps);

#endif
