/*
 * unwind_account: the account of a hook's call stack.  The first rung of the
 * ladder (unwind.h) is here, to be inlined: a loop that allocates at one place
 * compares words and nothing else.
 */
#ifndef DAGMEM_TRACER_UNWIND_ACCOUNT_H
#define DAGMEM_TRACER_UNWIND_ACCOUNT_H

#include "tracer/guard.h"
#include "tracer/modules.h"
#include "tracer/unwind_check.h"

/* Code was unloaded or replaced since this thread's caches were filled. */
static inline bool unwind_code_changed(const struct thread *thread)
{
	return thread->generation != __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE);
}

/* The stack is not that of the time before: the other rungs. In registers, not by a pointer. */
uint32_t unwind_other(struct thread *thread, uintptr_t pc, uintptr_t sp, uintptr_t bp);

/* Every so many stacks: compare with the oracle (check=N). */
void unwind_compare(struct thread *thread, const struct frame *caller, uint32_t account);

/*
 * The account of the stack that begins at `caller`, for allocations outside
 * any DAG node.  Never 0: what can't be walked or recorded is charged to its
 * nearest recorded ancestor, at worst to the root.
 */
static ALWAYS_INLINE uint32_t unwind_account(struct thread *thread, const struct frame *caller)
{
	uint32_t account = unlikely(unwind_code_changed(thread)) ? 0 : memo_same(&thread->memo, caller);

	if (!account)
		account = unwind_other(thread, caller->pc, caller->sp, caller->bp);
	if (unlikely(unwind_check_every)) {
		struct frame copy = *caller;

		unwind_compare(thread, &copy, account);
	}
	return account;
}

#endif
