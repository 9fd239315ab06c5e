/*
 * leak_stacks: where the threads' stacks and thread-local memory are at a leak
 * check: alive from the stack pointer on, dead below it, and those that ended
 * threads left to be used again.
 *
 * The C library puts a thread's descriptor, which points to itself, at the top
 * of the stack; one that belongs to no thread marks a stack that is not in use.
 * In the child alone.
 */
#ifndef DAGMEM_TRACER_LEAK_STACKS_H
#define DAGMEM_TRACER_LEAK_STACKS_H

#include "tracer/leak_heap.h"
#include "tracer/leak_job.h"
#include "tracer/leak_ranges.h"
#include "tracer/leak_tls.h"

struct leak_stacks {
	struct leak_ranges ranges;      /* what is alive, with its holder, and what is no root */
	struct leak_tls tls;
	uint32_t stopped, seen, unknown;/* threads */
};

/* `mapped`: what is known so far, in order.  False: no memory. */
bool leak_stacks_find(struct leak_stacks *stacks, const struct leak_job *job, const struct leak_maps *maps,
		      const struct leak_heap *heap, const struct leak_ranges *mapped);

#endif
