#include "tracer/unwind.h"

#include "tracer/guard.h"
#include "tracer/mapping.h"
#include "tracer/modules.h"
#include "tracer/unwind_check.h"
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
	memo_clear(&thread->memo);
	site_clear(&thread->sites);
	thread->generation = generation;
}

static inline void notice_new_code(struct thread *thread)
{
	uint32_t generation = __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE);

	if (unlikely(thread->generation != generation))
		forget_code(thread, generation);
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
	struct memo_frame *top;

	if (unlikely(!bring_memo(thread, caller)))
		return account_of_node(node_by_whole_walk(&thread->walk, caller));
	top = &thread->memo.frame[thread->memo.length];
	if (unlikely(!top->account))
		top->account = account_of_node(top->node);
	site_remember(&thread->sites, caller, &thread->memo, top->account);
	return top->account;
}

static COLD void check(struct thread *thread, const struct frame *caller, uint32_t account)
{
	if (++thread->checks < unwind_check_every)
		return;
	thread->checks = 0;
	unwind_check(thread, caller, call_tree_account(&profile.tree, account)->stack);
}

/* The stack is not that of the time before. */
static SEPARATE uint32_t other_account(struct thread *thread, const struct frame *caller)
{
	uint32_t account = site_find(&thread->sites, caller);

	return account ? account : account_by_walk(thread, caller);
}

uint32_t unwind_account(struct thread *thread, const struct frame *caller)
{
	uint32_t account;

	notice_new_code(thread);
	account = memo_same(&thread->memo, caller);
	if (!account)
		account = other_account(thread, caller);
	if (unlikely(unwind_check_every))
		check(thread, caller, account);
	return account;
}

uint32_t unwind_account_interrupted(struct thread *thread, const struct frame *caller)
{
	return account_of_node(node_by_whole_walk(&thread->interrupted_walk, caller));
}
