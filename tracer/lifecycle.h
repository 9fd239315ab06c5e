/*
 * lifecycle: when the tracer records and when it steps aside: start, fork,
 * pause, exec, exit.
 *
 * Every hook looks at the gate first.  The gate lies in a page of its own
 * that the kernel wipes on fork, so a child finds it closed at its first
 * event and gets a profile of its own (or none); a child of vfork shares our
 * memory and is accounted as the parent.
 */
#ifndef DAGMEM_TRACER_LIFECYCLE_H
#define DAGMEM_TRACER_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "tracer/hint.h"
#include "tracer/leak_job.h"
#include "tracer/options.h"

struct gate {
	uint32_t usual;         /* hooks record, glibc's chunks are read, and no stack is compared */
	uint32_t open;          /* hooks record */
	uint32_t alive;         /* 0 in a started tracer: we are a forked child */
};

extern struct gate gate HIDDEN;

enum hook_kind { HOOK_ALLOC, HOOK_FREE };

/* The gate is closed: start, adopt a fork, or tell whether to record all the same. */
bool lifecycle_consider(enum hook_kind kind);

/* Started and not paused: whatever happens is recorded, and the real allocator is known. */
static inline bool lifecycle_open(void)
{
	return gate.open;
}

/* And everything is as in most programs: what lifecycle_open() says, and that real.reads_chunks. */
static inline bool lifecycle_usual(void)
{
	return gate.usual;
}

/* It is not, as far as is known: look again. */
void lifecycle_look_usual(void);

static inline bool lifecycle_records(enum hook_kind kind)
{
	return likely(lifecycle_open()) || lifecycle_consider(kind);
}

/* Whether the profile may be touched: started, not detached, ours. */
bool lifecycle_ready(void);

/* Whether blocks may live that were allocated in a pause, and so are known to no table. */
bool lifecycle_ever_paused(void);

/* dagmem_pause() and dagmem_resume(); they nest. */
void lifecycle_pause(void);
void lifecycle_resume(void);

/* exit() was called by `caller`. */
void lifecycle_exit_called(const struct leak_caller *caller);

/*
 * The process ends by exit code `status`, as far as it knows: no more handlers
 * of its own run.  `caller`: who ends it.
 */
void lifecycle_exit(int status, const struct leak_caller *caller);

/*
 * The process is about to become another program.  False: it is not the one
 * that the profile is of, but a child that shares its memory or is not traced.
 */
bool lifecycle_execute(void);

/* It did not, after lifecycle_execute() was true: it goes on. */
void lifecycle_execute_failed(void);

#endif
