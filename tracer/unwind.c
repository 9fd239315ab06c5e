#include "tracer/unwind.h"

#include "tracer/mapping.h"
#include "tracer/unwind_account.h"
#include "tracer/unwind_libunwind.h"
#include "tracer/unwind_rows.h"
#include "tracer/unwind_walk.h"

void unwind_init(void)
{
	unwind_rows_init();
	libunwind_init();
}

static void count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* The call-tree node of a whole walk; one that was cut says so at its outer end. */
static uint32_t node_of_walk(struct walk *walk)
{
	int folded = 0;
	uint32_t node;

	if (walk->truncated)
		walk_add(walk, PLACE(MODULE_NONE, PLACE_TRUNCATED));
	node = call_tree_of_stack(&profile.tree, walk->place, walk->length, &folded);
	if (folded)
		count(&profile_header()->quality.stacks_folded);
	return node;
}

static COLD uint32_t node_by_whole_walk(struct walk *walk, const struct frame *caller)
{
	struct quality *quality = &profile_header()->quality;

	count(&quality->walks);
	if (!walk_stack(walk, caller)) {
		count(&quality->walks_failed);
		return NODE_ROOT;
	}
	if (walk->truncated)
		count(&quality->walks_truncated);
	return node_of_walk(walk);
}

/* The account of a stack; where none can be made, the nearest ancestor's. */
static uint32_t account_of_node(uint32_t node)
{
	struct call_tree *tree = &profile.tree;
	uint32_t account = call_tree_account_of(tree, node, 0, ACCOUNT_HEAP);

	if (likely(account))
		return account;
	count(&profile_header()->quality.stacks_folded);
	while (!(account = call_tree_node(tree, node)->account) && node != NODE_ROOT)
		node = call_tree_node(tree, node)->parent;
	return account ? account : 1;
}

static COLD void forget_code(struct thread *thread, uint32_t generation)
{
	memo_forget(&thread->memo);
	site_clear(&thread->sites);
	thread->generation = generation;
}

static inline void notice_new_code(struct thread *thread)
{
	if (unlikely(unwind_code_changed(thread)))
		forget_code(thread, __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE));
}

static inline bool bring_memo(struct thread *thread, const struct frame *caller)
{
	if (likely(memo_walk(&thread->memo, caller)))
		return true;
	memo_clear(&thread->memo);
	return false;
}

uint32_t unwind_node(struct thread *thread, const struct frame *caller)
{
	notice_new_code(thread);
	if (!bring_memo(thread, caller))
		return node_by_whole_walk(&thread->walk, caller);
	return thread->memo.frame[thread->memo.length].node;
}

/* By walking as far as it takes; the next stack like it will be found without. */
static uint32_t account_by_walk(struct thread *thread, const struct frame *caller)
{
	struct memo *memo = &thread->memo;
	uint32_t account;

	if (unlikely(!bring_memo(thread, caller)))
		return account_of_node(node_by_whole_walk(&thread->walk, caller));
	account = memo->frame[memo->length].account;
	if (unlikely(!account))
		account = account_of_node(memo->frame[memo->length].node);
	memo->frame[memo->length].account = account;
	if (!site_rests(&thread->sites, caller->pc))
		site_remember(&thread->sites, caller, memo, account);
	return account;
}

COLD void unwind_compare(struct thread *thread, const struct frame *caller, uint32_t account)
{
	if (++thread->checks < unwind_check_every)
		return;
	thread->checks = 0;
	unwind_check(thread, caller, subject_stack(call_tree_subject(&profile.tree, account)));
}

uint32_t unwind_other(struct thread *thread, uintptr_t pc, uintptr_t sp, uintptr_t bp)
{
	struct frame caller = { pc, sp, bp };

	notice_new_code(thread);
	return account_by_walk(thread, &caller);
}

uint32_t unwind_account_interrupted(struct thread *thread, const struct frame *caller)
{
	return account_of_node(node_by_whole_walk(&thread->interrupted_walk, caller));
}
