/*
 * account_here: what account_alloc() and account_free() do, to be inlined into
 * the hooks that programs call most; with the GNU C library's chunks the sizes
 * of everything are known to the compiler there.
 *
 * One call less is not the point: what is inlined keeps the caller's frame, the
 * block and its size in registers, and saves and restores those once.
 */
#ifndef DAGMEM_TRACER_ACCOUNT_HERE_H
#define DAGMEM_TRACER_ACCOUNT_HERE_H

#include "tracer/account.h"
#include "tracer/charge.h"
#include "tracer/real.h"
#include "tracer/shadow.h"
#include "tracer/unwind_account.h"

/* A block stood where a new one begins: shadow_put()'s `entry`. */
void account_missed(struct thread *thread, uintptr_t block, uint32_t entry, uint64_t slack_bytes);

/* No shadow for a block. */
void account_dropped(void);

/* The thread is in a hook already, or has no state. */
void account_new_in_handler(uintptr_t block, uint64_t size_bytes, uint64_t slack_bytes,
			    const struct frame *caller);
void account_gone_in_handler(account_id account, uint64_t size_bytes, uint64_t slack_bytes);

static ALWAYS_INLINE account_id account_of_caller(struct thread *thread, const struct frame *caller,
						  uint64_t requested_bytes)
{
	account_id account = unwind_account(thread, caller);

	if (unlikely(thread->dag_node)) {
		account = dag_account(thread, account);
		dag_allocates(thread, requested_bytes);
	}
	return account;
}

/* A new block of a thread that has entered, where the shadow's granules are of 1 << shift bytes. */
static ALWAYS_INLINE void account_enter(struct thread *thread, void *block, uint64_t requested_bytes,
					uint64_t slack_bytes, unsigned shift, const struct frame *caller)
{
	account_id account = account_of_caller(thread, caller, requested_bytes);
	uint32_t missed;

	if (likely(shadow_put_by(shift, (uintptr_t)block, account, slack_bytes, &missed))) {
		if (unlikely(missed))
			account_missed(thread, (uintptr_t)block, missed, slack_bytes);
		thread->newest_block = (uintptr_t)block;
		charge(thread, account, requested_bytes, slack_bytes);
	} else {
		account_dropped();
	}
}

static ALWAYS_INLINE void account_new(void *block, uint64_t requested_bytes, uint64_t slack_bytes,
				      unsigned shift, const struct frame *caller)
{
	struct thread *thread = guard_enter(caller->sp);

	if (unlikely(!thread)) {
		struct frame copy = *caller;    /* so that `caller` need not stand in memory */

		account_new_in_handler((uintptr_t)block, requested_bytes, slack_bytes, &copy);
		return;
	}
	account_enter(thread, block, requested_bytes, slack_bytes, shift, caller);
	guard_leave(thread);
}

/* A block that was `known` to the shadow is about to be freed. */
static ALWAYS_INLINE void account_gone(void *block, struct shadow_block known, uint64_t usable_bytes,
				       uintptr_t frame)
{
	uint64_t size_bytes = usable_bytes - known.slack_bytes;
	struct thread *thread = guard_enter(frame);

	if (unlikely(!thread)) {
		account_gone_in_handler(known.account, size_bytes, known.slack_bytes);
		return;
	}
	discharge_block(thread, known.account, (uintptr_t)block, size_bytes, known.slack_bytes);
	guard_leave(thread);
}

static ALWAYS_INLINE void account_alloc_here(void *block, size_t requested_bytes,
					     const struct frame *caller)
{
	if (likely(real.reads_chunks)) {
		account_new(block, requested_bytes, real_chunk_usable(block) - requested_bytes,
			    SHADOW_CHUNK_SHIFT, caller);
	} else {
		struct frame copy = *caller;

		account_alloc(block, requested_bytes, &copy);
	}
}

static ALWAYS_INLINE bool account_free_here(void *block, uintptr_t frame)
{
	struct shadow_block known;

	if (unlikely(!real.reads_chunks))
		return account_free(block, frame);
	known = shadow_get_by(SHADOW_CHUNK_SHIFT, (uintptr_t)block, true);
	if (unlikely(!known.account))
		return false;
	account_gone(block, known, real_chunk_usable(block), frame);
	return true;
}

/* realloc has succeeded: as account_realloc_end(), but the thread enters once. */
static ALWAYS_INLINE void account_realloc_end_here(const struct moving_block *moving, void *old,
						   void *block, size_t requested_bytes,
						   const struct frame *caller)
{
	struct thread *thread = guard_local.thread;

	if (unlikely(!block || !moving->account || !real.reads_chunks || !thread ||
		     thread->busy_frame)) {
		struct frame copy = *caller;

		account_realloc_end(moving, old, block, requested_bytes, &copy);
		return;
	}
	thread = guard_enter(caller->sp);
	thread->in_flight = (uintptr_t)block;   /* until it is in a table */
	discharge_block(thread, moving->account, (uintptr_t)old, moving->requested_bytes,
			moving->slack_bytes);
	account_enter(thread, block, requested_bytes, real_chunk_usable(block) - requested_bytes,
		      SHADOW_CHUNK_SHIFT, caller);
	thread->in_flight = 0;
	guard_leave(thread);
}

#endif
