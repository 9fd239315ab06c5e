/*
 * dag: which node of the program's DAG a thread runs, the account of a stack
 * there, and what an execution takes.
 *
 * Threads begin and end nodes, one inside another, or are handed one by
 * another thread; what they allocate meanwhile is charged to the account of
 * (stack, node) instead of the stack's own.  Finding a stack's own account is
 * as outside any node: dag_account() comes after it, and only in a node.
 *
 * From begin to end, or from one switch to the next, a thread is in a *turn*:
 * what it allocates and frees of the node's, and the most that its heap grows
 * above where it stood (nested nodes included), are kept in the thread alone
 * and recorded at the end of the turn (dag_log).  annotate calls what tells,
 * account and regions ask.
 */
#ifndef DAGMEM_TRACER_DAG_H
#define DAGMEM_TRACER_DAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/dag_log.h"

enum {
	DAG_DEPTH_MAX = 64,             /* nodes begun inside each other */
	DAG_CACHE_SLOTS = 256,
};

/* What is measured while it lasts. */
struct dag_turn {
	uint64_t begin_ns;
	uint64_t heap_bytes;            /* of the process, at the begin */
	int64_t begin_net, high_net;    /* of this thread's shard: at the begin, and the largest since */
	uint64_t allocated_bytes;       /* by the node itself */
	int64_t retained_bytes;         /* of that, less what was freed of the node's */
	uint32_t run;
	uint32_t flags;                 /* enum execution_flag */
};

/* A node that the thread is in, and what it was in before. */
struct dag_level {
	uint32_t node, outer;
	struct dag_turn outer_turn;
};

/* The account that (a stack's own account, node) stands for. */
struct dag_cached { uint32_t own, node, account; };

struct dag_state {
	uint32_t depth;                 /* levels in use; may pass DAG_DEPTH_MAX */
	struct dag_turn turn;           /* of the node that runs */
	struct dag_level level[DAG_DEPTH_MAX];
	struct dag_cached cache[DAG_CACHE_SLOTS];
	struct dag_log log;
};

struct thread;

/* What makes no sense is counted (dag_nodes_misused) and changes nothing. */
void dag_begin(struct thread *thread, uint32_t node);
void dag_end(struct thread *thread, uint32_t node, int status);

/* The thread runs `node` (0: none) from now on; the one it ran before. */
uint32_t dag_switch(struct thread *thread, uint32_t node);

/* When the execution of `node` began that `thread` is in; 0: it is in none. */
uint64_t dag_execution_of(const struct thread *thread, uint32_t node);

/* The thread ends: what it was in ends with it. */
void dag_leave(struct thread *thread);

/* In a forked child, whose counters start at zero: so does what it is in. */
void dag_fork(struct thread *thread);

/* The thread's state goes to another thread. */
void dag_forget(struct thread *thread);

/* The account of stack account `own` in the node that `thread` runs; `own` when there is no room. */
uint32_t dag_account(struct thread *thread, uint32_t own);

/* The same for a signal handler that may have interrupted dag_account(). */
uint32_t dag_account_interrupted(const struct thread *thread, uint32_t own);

/* The thread, which is in a node, is about to be charged with `bytes`. */
void dag_allocates(struct thread *thread, uint64_t bytes);

/* The thread, which is in a node, freed so much that was charged to `account`. */
void dag_freed(struct thread *thread, uint32_t account, uint64_t bytes);

#endif
