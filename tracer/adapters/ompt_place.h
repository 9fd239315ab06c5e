/*
 * ompt_place: where OpenMP tasks and parallel regions are created.
 *
 * OMPT tells the address that the call returns to which creates a task.  That
 * is of little use in two cases, for which this library stands in front of the
 * functions called, and keeps a better place while they run:
 *
 * gcc gives the call the line of the block around it, so that all tasks of a
 * block would have one name.  But the function that it makes of the task or
 * region begins at the right line, and is the first argument.
 *
 * LLVM's taskloop tells an address of its own.
 */
#ifndef DAGMEM_TRACER_ADAPTERS_OMPT_PLACE_H
#define DAGMEM_TRACER_ADAPTERS_OMPT_PLACE_H

#include "tracer/adapters/code_name.h"

struct place {
	const void *code;
	enum code_meaning meaning;
};

/* The runtime is the library that `function` is in. */
void ompt_place_init(const void *function);

/* The calling thread goes into a task or region, or comes out of it. */
void ompt_place_enter(void);
void ompt_place_leave(void);

/* The place of a task or region that this thread creates, at `told` as the runtime says. */
struct place ompt_place_of(const void *told);

#endif
