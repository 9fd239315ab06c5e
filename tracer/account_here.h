/*
 * account_here: the parts of account_alloc() and account_free() and their like,
 * to be inlined into each: with the GNU C library's chunks the sizes of
 * everything are known to the compiler there.
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
void account_new_in_handler(uintptr_t block, uint64_t size_bytes, uint64_t slack_bytes, uintptr_t pc,
			    uintptr_t sp, uintptr_t bp);
void account_gone_in_handler(account_id account, uint64_t size_bytes, uint64_t slack_bytes);

/* An allocation's account, and the thread's counter of it. */
struct charged { account_id account; struct counter *counter; };

/* The site does not know the stack (run NULL), or not its counter. */
struct charged account_find(struct thread *thread, struct site_run *run, uintptr_t pc, uintptr_t sp,
			    uintptr_t bp);

/* The same stack's in the DAG node that the thread runs. */
struct charged account_in_node(struct thread *thread, struct charged own, uint64_t requested_bytes);

static ALWAYS_INLINE struct charged account_of_caller(struct thread *thread, const struct frame *caller,
						      uint64_t requested_bytes)
{
	struct site_run *run = unwind_known(thread, caller);
	struct charged charged;

	if (likely(run && run->counter))
		charged = (struct charged) { run->account, run->counter };
	else
		charged = account_find(thread, run, caller->pc, caller->sp, caller->bp);
	if (unlikely(thread->dag_node))
		charged = account_in_node(thread, charged, requested_bytes);
	return charged;
}

/* A new block of a thread that has entered, where the shadow's granules are of 1 << shift bytes. */
static ALWAYS_INLINE void account_enter(struct thread *thread, void *block, struct charged charged,
					uint64_t requested_bytes, uint64_t slack_bytes, unsigned shift)
{
	uint32_t missed;

	if (likely(shadow_put_by(shift, (uintptr_t)block, charged.account, slack_bytes, &missed))) {
		if (unlikely(missed))
			account_missed(thread, (uintptr_t)block, missed, slack_bytes);
		thread->newest_block = (uintptr_t)block;
		charge(thread, charged.counter, requested_bytes, slack_bytes);
	} else {
		account_dropped();
	}
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

#endif
