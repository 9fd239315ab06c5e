/*
 * unwind_libunwind: walks by libunwind, opened privately at start so that its
 * `backtrace` and `_Unwind_*` never stand in for the program's own.
 *
 * Slow (0.4 us a frame), and it may take the loader's lock: the last rung of
 * the ladder, for frames whose rules rows can't express; and the oracle that
 * check=N and the tests compare with.  Without the library it does nothing.
 */
#ifndef DAGMEM_TRACER_UNWIND_LIBUNWIND_H
#define DAGMEM_TRACER_UNWIND_LIBUNWIND_H

#include "tracer/unwind_walk.h"

/* Open the library; allocates, so with the thread guarded. */
void libunwind_init(void);
bool libunwind_available(void);

/*
 * Walk the calling thread's stack from `caller`, a frame of a function that is
 * still running, outward.  False: not available, or `caller` was not met.
 */
bool libunwind_walk(struct walk *walk, const struct frame *caller);

/* Code was unloaded: forget what the library remembers of it. */
void libunwind_flush(void);

#endif
