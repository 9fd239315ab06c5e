/*
 * leak_roots: where a leak check looks for pointers besides the live blocks,
 * and what it calls each place.
 *
 * Lists, each laid over the one before:
 *
 *   maps       what is mapped: data of modules, other mappings, stacks
 *   allocator  its own memory (brk, arenas, chunks of their own): no root,
 *              since a live block in it is looked through when it is reached
 *   threads    stacks from the live stack pointer on, dead below; thread-local
 *              memory; stacks that ended threads left to be used again: no root
 *   TLS        of these, and of malloc()'s memory, each module's variables
 *   tracer     our own tables, and the profile: no root
 *
 * In the child alone.
 */
#ifndef DAGMEM_TRACER_LEAK_ROOTS_H
#define DAGMEM_TRACER_LEAK_ROOTS_H

#include "tracer/leak_heap.h"
#include "tracer/leak_job.h"
#include "tracer/leak_stacks.h"

struct leak_roots {
	struct leak_ranges ranges;      /* roots alone */
	struct leak_stacks stacks;
	struct leak_ranges heap;        /* the allocator's memory, where it is glibc's; no roots */
	uint64_t bytes;                 /* in `ranges` */
};

/* False: no memory. */
bool leak_roots_find(struct leak_roots *roots, const struct leak_job *job, const struct leak_maps *maps,
		     const struct leak_heap *heap);

#endif
