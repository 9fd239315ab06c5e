/*
 * dag: which node of the program's DAG a thread runs, and the account of a
 * stack there.
 *
 * Threads begin and end nodes, one inside another, or are handed one by
 * another thread; what they allocate meanwhile is charged to the account of
 * (stack, node) instead of the stack's own.  Finding a stack's own account is
 * as outside any node: dag_account() comes after it, and only in a node.
 * annotate calls what tells, account and regions ask.
 */
#ifndef DAGMEM_TRACER_DAG_H
#define DAGMEM_TRACER_DAG_H

#include <stddef.h>
#include <stdint.h>

enum {
	DAG_DEPTH_MAX = 64,             /* nodes begun inside each other */
	DAG_CACHE_SLOTS = 256,
};

/* A node that was begun, and what the thread ran before. */
struct dag_level { uint32_t node, outer; };

/* The account that (a stack's own account, node) stands for. */
struct dag_cached { uint32_t own, node, account; };

struct dag_state {
	uint32_t depth;                 /* nodes begun and not ended; may pass DAG_DEPTH_MAX */
	struct dag_level level[DAG_DEPTH_MAX];
	struct dag_cached cache[DAG_CACHE_SLOTS];
};

struct thread;

/* A new node's id.  Its name may be missing from a profile that is full. */
uint32_t dag_declare(const char *name, const uint32_t *dependencies, size_t count);

/* What makes no sense is counted (quality.nodes_misused) and changes nothing. */
void dag_begin(struct thread *thread, uint32_t node);
void dag_end(struct thread *thread, uint32_t node);

/* The thread runs `node` (0: none) from now on; the one it ran before. */
uint32_t dag_switch(struct thread *thread, uint32_t node);

/* Count a call that made no sense. */
void dag_misused(void);

/* The thread's state goes to another thread. */
void dag_forget(struct thread *thread);

/* The account of stack account `own` in the node that `thread` runs; `own` when there is no room. */
uint32_t dag_account(struct thread *thread, uint32_t own);

/* The same for a signal handler that may have interrupted dag_account(). */
uint32_t dag_account_interrupted(const struct thread *thread, uint32_t own);

#endif
