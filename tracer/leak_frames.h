/*
 * leak_frames: the function in whose frame a root on a stack lies.  In a leak
 * check's child, whose copy of the stacks stands still.
 */
#ifndef DAGMEM_TRACER_LEAK_FRAMES_H
#define DAGMEM_TRACER_LEAK_FRAMES_H

#include "tracer/leak_job.h"
#include "tracer/leak_maps.h"

/*
 * Of the word at `address`, which `holder` has in thread `tid`: of a stack's
 * module << 48 | address of the code, as a return address; of a register's
 * where that thread is.  0: not known, or another holder.  The thread's frames
 * are walked once for all words that are asked for one after the other.
 */
uint64_t leak_frames_place(const struct leak_job *job, uint8_t holder, uint32_t tid, uintptr_t address,
			   const struct leak_maps *maps);

#endif
