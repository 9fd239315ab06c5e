/*
 * account_straight: malloc and free where nothing is out of the ordinary: the
 * thread is in no other hook, its site knows the stack, the block is a plain
 * chunk.  Most events are like that.
 *
 * Nothing is changed before all that is known, and nothing is called before the
 * end, so no register need be saved.  What is not straight is left to
 * account_chunk() and account_chunk_free(), which can do everything.
 *
 * For hooks, where lifecycle_usual().
 */
#ifndef DAGMEM_TRACER_ACCOUNT_STRAIGHT_H
#define DAGMEM_TRACER_ACCOUNT_STRAIGHT_H

#include "tracer/account.h"
#include "tracer/charge.h"
#include "tracer/real.h"
#include "tracer/shadow.h"
#include "tracer/total.h"
#include "tracer/unwind_account.h"

/* The event is counted, and something is due before the hook leaves. Returns `block`. */
void *account_finish(struct thread *thread, void *block);

/*
 * In a DAG node, by a thread that has entered: a new block of a stack that ends
 * with `run`; and one that is out of the shadow already.  Return `block`.
 */
void *account_in_node_known(struct thread *thread, void *block, size_t requested_bytes,
			    const struct site_run *run);
void *account_in_node_gone(struct thread *thread, void *block, account_id account, uint32_t slack_bytes);

/* The event is counted: leave, or do first what is `due`. */
static ALWAYS_INLINE void *account_straight_leave(struct thread *thread, void *block, bool due)
{
	if (unlikely(due || thread->on_leave))
		return account_finish(thread, block);
	guard_step_out(thread);
	return block;
}

/* A new block of a stack that ends with `run`, by a thread that has entered; returns it. */
static ALWAYS_INLINE void *account_straight_known(struct thread *thread, void *block,
						  size_t requested_bytes, const struct site_run *run,
						  const struct frame *caller)
{
	uint32_t *entry = shadow_entry_by(SHADOW_CHUNK_SHIFT, (uintptr_t)block);
	size_t slack_bytes = real_chunk_usable_plain(block) - requested_bytes;

	if (unlikely(!entry))
		goto not_straight;
	if (unlikely(slack_bytes > SLACK_MAX))
		goto not_straight;
	if (unlikely(!real_chunk_is_plain(block)))
		goto not_straight;
	machine_touch(entry);
	if (unlikely(*entry))
		goto not_straight;
	*entry = shadow_code_by(SHADOW_CHUNK_SHIFT, (uintptr_t)block, run->account,
				(uint32_t)slack_bytes);
	thread->newest_block = (uintptr_t)block;
	return account_straight_leave(thread, block, charge_count(thread, run->counter, requested_bytes,
								  slack_bytes));
not_straight:
	guard_step_out(thread);
	return account_chunk(block, requested_bytes, caller->pc, caller->sp, caller->bp);
}

/* A new block; returns it. */
static ALWAYS_INLINE void *account_straight_alloc(void *block, size_t requested_bytes,
						  const struct frame *caller)
{
	struct thread *thread = guard_local.thread;
	struct site_run *run;

	if (unlikely(!thread || thread->busy_frame))
		goto not_entered;
	thread->busy_frame = caller->sp;
	compiler_barrier();
	if (unlikely(unwind_code_changed(thread)))
		goto not_straight;
	run = site_find(&thread->sites, caller);
	if (unlikely(!run || !run->counter))
		goto not_straight;
	if (unlikely(thread->dag_node))
		return account_in_node_known(thread, block, requested_bytes, run);
	return account_straight_known(thread, block, requested_bytes, run, caller);
not_straight:
	guard_step_out(thread);
not_entered:
	return account_chunk(block, requested_bytes, caller->pc, caller->sp, caller->bp);
}

/* A block that is about to be freed, by a caller whose stack pointer is `frame`.  NULL: nothing is done. */
static ALWAYS_INLINE void *account_straight_free(void *block, uintptr_t frame)
{
	struct thread *thread = guard_local.thread;
	uint32_t *entry = shadow_entry_by(SHADOW_CHUNK_SHIFT, (uintptr_t)block), value;

	if (unlikely(!entry || !thread || thread->busy_frame))
		return NULL;
	value = *entry;
	uint32_t account = value >> ENTRY_ACCOUNT_SHIFT, slack_bytes = value & SLACK_MASK;
	struct counter *page = guard_page(thread, account / COUNTERS_PER_PAGE);

	if (unlikely(!value))
		return NULL;
	if (unlikely(slack_bytes > SLACK_MAX))
		return NULL;
	if (unlikely(!page || !real_chunk_is_plain(block)))
		return NULL;
	struct counter *counter = &page[account % COUNTERS_PER_PAGE];

	thread->busy_frame = frame;
	compiler_barrier();
	if (unlikely(thread->dag_node)) {
		*entry = 0;
		return account_in_node_gone(thread, block, account, slack_bytes);
	}
	bool temporary = thread->newest_block == (uintptr_t)block;

	if (unlikely(temporary && counter->temporaries == UINT32_MAX))
		goto not_straight;
	if (unlikely(discharge_is_at_peak(thread)) && !total_falls_alone(thread))
		goto not_straight;
	*entry = 0;
	if (temporary) {
		thread->newest_block = 0;
		counter->temporaries++;
	}
	return account_straight_leave(thread, block,
				      discharge_count(thread, counter,
						      real_chunk_usable_plain(block) - slack_bytes,
						      slack_bytes));
not_straight:
	guard_step_out(thread);
	return NULL;
}

/*
 * A block is about to be reallocated: as account_realloc_begin(), or account 0,
 * and nothing is done.
 */
static ALWAYS_INLINE struct moving_block account_straight_take(void *block)
{
	struct thread *thread = guard_local.thread;
	uint32_t *entry = shadow_entry_by(SHADOW_CHUNK_SHIFT, (uintptr_t)block), value;

	if (unlikely(!entry || !thread || thread->busy_frame))
		return (struct moving_block) { 0, 0, 0 };
	value = *entry;
	uint32_t account = value >> ENTRY_ACCOUNT_SHIFT, slack_bytes = value & SLACK_MASK;

	if (unlikely(!value || slack_bytes > SLACK_MAX || !real_chunk_is_plain(block)))
		return (struct moving_block) { 0, 0, 0 };
	thread->in_flight = (uintptr_t)block;   /* before it is in no table: a leak check may come */
	compiler_barrier();
	*entry = 0;
	return (struct moving_block) { account, slack_bytes, real_chunk_usable_plain(block) - slack_bytes };
}

#endif
