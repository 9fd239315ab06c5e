/*
 * shards: which there are, and which thread has which.
 *
 * A thread has a shard of its own from its first event to its end (guard), and
 * hands it on.  SHARDS_LENT more are lent for an event to threads that have
 * none.  Nobody waits here, nothing is locked; a shard, once made, stays.
 */
#ifndef DAGMEM_TRACER_SHARDS_H
#define DAGMEM_TRACER_SHARDS_H

#include "tracer/guard.h"

/* How many threads have a shard now; 1 means that totals are exact at each event. */
uint32_t shards_active(void);

/* Numbers in use are below this. */
uint32_t shards_count(void);

/* NULL: not there yet. */
struct thread *shards_at(uint32_t number);

/*
 * An idle shard for thread `tid` to own, a new one, or that of a thread which is
 * gone; as its last owner left it.  NULL: none.
 */
struct thread *shards_claim(uint32_t tid);

/*
 * One to lend: of those kept for it, or one that is idle.  NULL: none now, and
 * *no_room: nor later.
 */
struct thread *shards_lend(uint32_t tid, bool *no_room);

/* Of either kind: the next may have it. */
void shards_give_back(struct thread *thread);

/* A shard without a thread, for what no thread did (blocks inherited by fork). */
struct thread *shards_special(enum shard_flag flags);

/* The loader is done with us: thread-local memory keeps what is in it. */
void shards_loaded(void);

/* In a forked child: `mine` is the only one that has an owner, `tid`; NULL: none has. */
void shards_fork(const struct thread *mine, uint32_t tid);

#endif
