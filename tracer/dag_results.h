/*
 * dag_results: the results of the program's DAG nodes, from when each is
 * produced to when it is freed.
 *
 * A block that is (part of) a result has a code of its own in the shadow, so
 * that the common path pays nothing: whoever takes such an entry out is told to
 * look here for the slack, and by that the free is seen.  Results that are no
 * blocks, pools among them, are known by address alone.
 *
 * One lock for all; half a microsecond or so a call.  annotate, shadow, account
 * and dag_pools call it.
 */
#ifndef DAGMEM_TRACER_DAG_RESULTS_H
#define DAGMEM_TRACER_DAG_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread;

void dag_results_produced(struct thread *thread, uint32_t node, uintptr_t data, uint64_t bytes);

/* `data` 0: all that the node has produced and not released. */
void dag_results_released(uint32_t node, uintptr_t data);

/* The slack of a flagged block. */
uint32_t dag_results_slack(uintptr_t block);

/* The same of one that is being freed: its result ends. */
uint32_t dag_results_freed(uintptr_t block);

/* It was not, since realloc failed: flag it again.  Nothing if it was no result. */
void dag_results_stays(uintptr_t block);

/* What `address` names has ended, if it is a result: a pool was destroyed. */
void dag_results_ended(uintptr_t address);

/* In a forked child: what is freed there are no results of its own. */
void dag_results_fork(void);

#endif
