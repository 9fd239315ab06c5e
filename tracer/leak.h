/*
 * leak: checks of the heap for leaks: when they happen, and that one does at a
 * time.  docs/LEAKS.md says how a check goes.
 *
 * The program stands still while other threads are stopped and the process is
 * forked, and goes on while the child looks.  At its exit it waits for the
 * child.  Called by the lifecycle (exit), by dagmem.h, by named snapshots and by
 * requests from outside; never with one of the tracer's locks held.
 */
#ifndef DAGMEM_TRACER_LEAK_H
#define DAGMEM_TRACER_LEAK_H

#include "tracer/leak_job.h"
#include "tracer/options.h"

/* What the user wants of checks; once, at start. */
void leak_init(const struct options *options);

/* Blocks may live from now on that no table knows. */
void leak_note_pause(void);

bool leak_at_exit(void);
bool leak_at_snapshots(void);

/*
 * Check the heap.  `caller`: from where on this thread's stack is alive, and
 * what registers it has there; NULL: from this function on.  False: nothing
 * could be started.
 */
bool leak_check(enum leak_reason reason, const char *label, const struct leak_caller *caller);

/* For requests: a check of the heap as it is. */
bool leak_requested(const char *label);

/* The process ends: wait for the checks that are not done. */
void leak_finish(void);

/* In a forked child: what our parent checks is not ours. */
void leak_fork(void);

#endif
