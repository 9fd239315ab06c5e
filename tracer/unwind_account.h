/*
 * unwind_account: the account of a hook's call stack.  The first rung of the
 * ladder (unwind.h) is here, to be inlined: where a thread has been before it
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

/* What a site knows of the stack that begins at `caller`: its run with account and counter, or NULL. */
static ALWAYS_INLINE struct site_run *unwind_known(struct thread *thread, const struct frame *caller)
{
	return unlikely(unwind_code_changed(thread)) ? NULL : site_find(&thread->sites, caller);
}

/*
 * No site does: the other rungs.  The stack's account outside any DAG node, never
 * 0: what can't be walked or recorded is charged to its nearest recorded
 * ancestor, at worst to the root.  The frame in registers, not by a pointer.
 */
uint32_t unwind_other(struct thread *thread, uintptr_t pc, uintptr_t sp, uintptr_t bp);

/* Every so many stacks: compare with the oracle (check=N). */
void unwind_compare(struct thread *thread, const struct frame *caller, uint32_t account);

#endif
