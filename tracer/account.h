/*
 * account: what one event does to the shadow and the counters.
 *
 * The counting rules (docs/ACCOUNTING.md): a realloc is one free and one
 * allocation; a failed call is no event; a temporary is a block freed by its
 * thread with no allocation of that thread in between; a pause stops new
 * charges but never discharges.
 *
 * Constant time but for the stack walk, no lock, no allocation: safe in any
 * hook on any thread.
 */
#ifndef DAGMEM_TRACER_ACCOUNT_H
#define DAGMEM_TRACER_ACCOUNT_H

#include "tracer/guard.h"
#include "tracer/unwind.h"

/* A block was allocated by the code at `caller`. */
void account_alloc(void *block, size_t requested_bytes, const struct frame *caller);

/*
 * The same where real.reads_chunks and nothing is to be compared (check=N);
 * returns `block`, so that a hook can end with it.  The frame in registers.
 */
void *account_chunk(void *block, size_t requested_bytes, uintptr_t pc, uintptr_t sp, uintptr_t bp);

/*
 * A block is about to be freed; call before the real free.  `frame`: the
 * caller's stack pointer.  False: no such block is known here.
 */
bool account_free(void *block, uintptr_t frame);

/* The same where real.reads_chunks. */
bool account_chunk_free(void *block, uintptr_t frame);

/* A block is freed that no table knows. */
void account_unknown_free(void);

/* realloc: what was taken out of the tables before the real call. */
struct moving_block { uint32_t account; uint32_t slack_bytes; size_t requested_bytes; };

struct moving_block account_realloc_begin(void *block);

/* The real call failed: the old block is as it was. */
void account_realloc_failed(void *block, const struct moving_block *moving);

/* It succeeded: `block` is the new one; NULL when realloc(old, 0) freed it. */
void account_realloc_end(const struct moving_block *moving, void *old, void *block,
			 size_t requested_bytes, const struct frame *caller);

/*
 * The same where real.reads_chunks and nothing is to be compared, of a block that
 * did not become NULL; returns `block`.
 */
void *account_chunk_moved(void *block, size_t requested_bytes, void *old, struct moving_block moving,
			  uintptr_t pc, uintptr_t sp, uintptr_t bp);

/* Anonymous mappings, charged and discharged by the byte; see regions. */
void account_mapping(struct thread *thread, account_id account, uint64_t bytes, uint32_t pieces);
void account_unmapping(struct thread *thread, account_id account, uint64_t bytes, uint32_t pieces);

/* Blocks of pools, which are in no total: the heap has the pool itself. */
void account_pool(struct thread *thread, account_id account, uint64_t bytes);
void account_unpool(struct thread *thread, account_id account, uint64_t bytes);

/* Account what a signal handler queued for `thread`'s interrupted hook. */
void account_queued(struct thread *thread, const struct queued_event *event);

/* In a forked child: charge all blocks that the shadow knows to the shard of what it inherits. */
void account_inherit(struct thread *inherited);

#endif
