/*
 * dag_runs: the runs of the program's DAG, and what its nodes hold from run to
 * run.
 *
 * The first and the newest runs are kept in the profile, and of 32 to 64 of
 * all a snapshot at their ends, further apart the more there are; with it, how
 * often each node had been executed.  annotate calls it.
 */
#ifndef DAGMEM_TRACER_DAG_RUNS_H
#define DAGMEM_TRACER_DAG_RUNS_H

#include <stdint.h>

/* The newest run that has not ended; 0: none. */
static inline uint32_t dag_runs_current(void)
{
	extern uint32_t dag_runs_newest __attribute__((visibility("hidden")));

	return __atomic_load_n(&dag_runs_newest, __ATOMIC_RELAXED);
}

/* The run's number, from 1; 0: too many go on at a time. */
uint32_t dag_runs_begin(const char *name, uint64_t iteration);
void dag_runs_end(uint32_t run, int status);

/* In a forked child. */
void dag_runs_fork(void);

#endif
