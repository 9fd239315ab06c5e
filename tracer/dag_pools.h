/*
 * dag_pools: memory that the program hands out by itself, block by block.
 *
 * A pool's blocks are charged to accounts of their own kind (stack, node,
 * pool), whose stack is the caller's.  One lock for all; half a microsecond or
 * so a call.  annotate calls it, dag_results asks.
 */
#ifndef DAGMEM_TRACER_DAG_POOLS_H
#define DAGMEM_TRACER_DAG_POOLS_H

#include <stdbool.h>
#include <stdint.h>

struct frame;
struct thread;

void dag_pools_created(uintptr_t pool, const char *name);
void dag_pools_allocated(struct thread *thread, uintptr_t pool, uintptr_t block, uint64_t bytes,
			 const struct frame *caller);
void dag_pools_freed(struct thread *thread, uintptr_t pool, uintptr_t block);
void dag_pools_destroyed(struct thread *thread, uintptr_t pool);

/* What the pool of that name holds. False: there is none. */
bool dag_pools_bytes(uintptr_t pool, uint64_t *bytes);

/* In a forked child: it has the pools, and what it inherited of them is charged to `inherited`. */
void dag_pools_fork(void);
void dag_pools_inherit(struct thread *inherited);

#endif
