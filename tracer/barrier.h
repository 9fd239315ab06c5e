/*
 * barrier: a memory barrier on every processor that runs a thread of ours, sent
 * by one of them, so that the others need none of their own (membarrier(2)).
 * It interrupts those processors: for what is rare.  total and windows send it.
 */
#ifndef DAGMEM_TRACER_BARRIER_H
#define DAGMEM_TRACER_BARRIER_H

#include <stdbool.h>

/* At start, and again in a forked child. */
void barrier_init(void);

/* Whether the kernel has it. */
bool barrier_works(void);

/* False: it does not, or no more. */
bool barrier_everywhere(void);

#endif
