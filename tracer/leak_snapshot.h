/*
 * leak_snapshot: the process that checks the heap: a copy of the program, which
 * the kernel makes of its page tables, that never runs any of its code.
 *
 * A raw clone without exit signal: no handler of pthread_atfork runs, SIGCHLD
 * is not sent, wait() of the program does not see it, and a debugger is not
 * told.  The child closes all files at once, has all signals blocked, is the
 * first to be killed when memory runs out, and leaves nothing but pages of the
 * profile, and the heap's graph where that is asked for.
 */
#ifndef DAGMEM_TRACER_LEAK_SNAPSHOT_H
#define DAGMEM_TRACER_LEAK_SNAPSHOT_H

#include "tracer/leak_job.h"

/* Start the child.  Its pid, or -errno.  All signals must be blocked. */
long leak_snapshot_start(const struct leak_job *job);

/*
 * Wait for it, without taking its end away from the kernel when `leave` (its
 * CPU time is then not counted as the program's children's).  The signal that
 * killed it, else 0; -1 with `wait` false: it still runs.
 */
int leak_snapshot_end(long child, bool wait, bool leave);

#endif
