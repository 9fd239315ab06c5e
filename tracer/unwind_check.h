/*
 * unwind_check: compares stacks with libunwind's, frames and node ids, and
 * counts what differs in the profile's quality (check=N).  For tests and for
 * users who doubt; slow.
 */
#ifndef DAGMEM_TRACER_UNWIND_CHECK_H
#define DAGMEM_TRACER_UNWIND_CHECK_H

#include "tracer/hint.h"
#include "tracer/unwind.h"

extern uint32_t unwind_check_every HIDDEN;     /* 0: never */

/* Compare the recorded stack `node` with what the oracle sees from `caller`. */
void unwind_check(struct thread *thread, const struct frame *caller, uint32_t node);

#endif
