/*
 * dag_log: the executions of DAG nodes in the profile, shard by shard: sums for
 * each node, and single executions as long as there is room for them.
 *
 * A shard's pages have one writer: no lock, no atomic instruction.  When all
 * shards together have had their share of pages, each goes on in the second
 * half of its own: the newest executions take the oldest's places there, and
 * the sums alone tell of those (quality.executions_folded).  dag calls it.
 */
#ifndef DAGMEM_TRACER_DAG_LOG_H
#define DAGMEM_TRACER_DAG_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "profile/layout.h"

/* A shard's part; in struct thread. */
struct dag_log {
	struct dag_execution *next, *end;       /* in the page that is being filled */
	uint32_t pages;                         /* of executions, its own */
	uint32_t at;                            /* the one being filled */
	bool full;                              /* no more pages: older executions make room */
	struct dag_execution *page[EXECUTION_PAGES_MAX];
	struct dag_sums *sums[DAG_NODES_MAX / DAG_SUMS_PER_PAGE];
};

struct thread;

/* Record an execution that has ended. */
void dag_log_add(struct thread *thread, const struct dag_execution *execution);

/* In a forked child: no execution is its own yet. */
void dag_log_fork(void);

/* How often `node` was executed, over all shards. */
uint64_t dag_log_executions(uint32_t node);

#endif
