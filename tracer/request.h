/*
 * request: what somebody outside asks of the tracer through the profile's
 * header (struct profile_request): `dagmem live` a snapshot, `dagmem leaks` a
 * leak check.
 *
 * request_look() stands where a thread has left the common path anyway: when
 * the heap's total is looked at, a thread's first event, a DAG node's begin.
 * It reads one number in a line that is read there too.  A program that does
 * none of these things does not hear; who asks must be able to do without.
 * Anybody who may write the file may write nonsense: kinds are looked up,
 * labels are copied and ended, and at most ten requests a second are heard.
 */
#ifndef DAGMEM_TRACER_REQUEST_H
#define DAGMEM_TRACER_REQUEST_H

#include "tracer/hint.h"
#include "tracer/mapping.h"

extern uint32_t request_heard HIDDEN;   /* the newest sequence that somebody has dealt with */

void request_serve(void);

/* Not while a lock of the tracer is held; a hook of this thread may be at work. */
static inline void request_look(void)
{
	if (unlikely(__atomic_load_n(&profile_header()->request_sequence, __ATOMIC_RELAXED) !=
		     __atomic_load_n(&request_heard, __ATOMIC_RELAXED)))
		request_serve();
}

/* In a forked child: what was asked of the parent is not asked of us. */
void request_fork(void);

#endif
