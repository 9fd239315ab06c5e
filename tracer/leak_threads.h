/*
 * leak_threads: the program's other threads, held still for as long as a fork
 * takes, with their registers and stack pointers.
 *
 * Each gets a directed signal whose handler notes what it interrupted and
 * waits to be let go.  No ptrace: it works in containers and under a debugger.
 * The signal is one of the two that the C library keeps for itself, which
 * programs can neither block nor take, and only while the C library has no use
 * for it.  System calls that it interrupts are made again, by SA_RESTART and,
 * for those that SA_RESTART is not good for, by the handler (machine_restart()).
 *
 * A thread that does not answer in time (it waits for a child of its vfork, or
 * in a driver) is left alone: of a sleeping thread the kernel tells the stack
 * pointer, of others nothing is known.
 */
#ifndef DAGMEM_TRACER_LEAK_THREADS_H
#define DAGMEM_TRACER_LEAK_THREADS_H

#include <stdbool.h>
#include <stddef.h>

#include "tracer/machine.h"

enum leak_thread_state {
	THREAD_UNKNOWN = 0,             /* it exists; no more is known */
	THREAD_SEEN = 1,                /* its stack pointer is known */
	THREAD_STOPPED = 2,             /* all of it */
};

struct leak_thread {
	uint32_t tid;                   /* 0: it has ended */
	uint32_t state;                 /* enum leak_thread_state */
	struct machine_state at;
	uintptr_t thread_pointer;       /* of stopped ones */
	struct machine_registers registers;
};

struct leak_threads {
	struct leak_thread *thread;
	uint32_t count;
	bool unlisted;                  /* /proc/self/task could not be read: there may be more */
	bool no_signal;
};

/*
 * Stop all threads but this one, which has its signals blocked and holds none
 * of the tracer's locks.  One caller at a time; leak_threads_release() must
 * follow.  The table is the tracer's memory, and is used again.
 */
void leak_threads_stop(struct leak_threads *threads);
void leak_threads_release(const struct leak_threads *threads);

/* In a forked child: the table is our parent's. */
void leak_threads_fork(void);

#endif
