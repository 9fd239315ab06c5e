/*
 * leak_task: what /proc/self/task says of a thread of this process that does not
 * answer the signal by which leak_threads stops it.  No memory, no locks.
 */
#ifndef DAGMEM_TRACER_LEAK_TASK_H
#define DAGMEM_TRACER_LEAK_TASK_H

#include <stdbool.h>
#include <stdint.h>

/* Stack pointer and program counter of a thread that sleeps in a system call.  False: it does not, or is gone. */
bool leak_task_stack(uint32_t tid, uintptr_t *sp, uintptr_t *pc);

/*
 * Whether a thread that was sent `signal` will answer, once it runs.  All do but
 * those that sleep and block it, with which it stays pending, and those that
 * take it by sigwaitinfo(), as the C library's does that calls what
 * SIGEV_THREAD asks for.  Who blocks it and runs may be on the way out of the
 * handler, from the check before.
 */
bool leak_task_answers(uint32_t tid, int signal);

#endif
