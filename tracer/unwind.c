#include "tracer/unwind.h"

#include <string.h>

#include "tracer/guard.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/modules.h"
#include "tracer/unwind_check.h"
#include "tracer/unwind_libunwind.h"
#include "tracer/unwind_rows.h"
#include "tracer/unwind_walk.h"

enum { FIRST_FRAMES = 512, FRAMES_MAX = 1 << 22 };

/* What memo_frame.row_says keeps of a frame's row until it is appended. */
enum { SAYS_USES_BP = 1, SAYS_SAVES_BP = 2 };

void unwind_init(void)
{
	unwind_rows_init();
	libunwind_init();
}

void memo_clear(struct memo *memo)
{
	memo->length = 0;
}

static void count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* More frames: the memo's and those of the walk in progress. */
static COLD bool memo_grow(struct memo *memo, uint32_t fresh)
{
	uint32_t capacity = memo->capacity ? memo->capacity * 4 : FIRST_FRAMES;
	struct memo_frame *frame = capacity > FRAMES_MAX ?
		NULL : memory_reserve(2 * (size_t)capacity * sizeof *frame);

	if (!frame)
		return false;
	if (memo->length)
		memcpy(frame, memo->frame, memo->length * sizeof *frame);
	if (fresh)
		memcpy(frame + capacity, memo->fresh, fresh * sizeof *frame);
	memo->frame = frame;
	memo->fresh = frame + capacity;
	memo->capacity = capacity;
	return true;
}

/*
 * Whether every word that a walk outward from memo frame `from` reads is what
 * it was: -1, or the innermost frame that was reached in another way.
 */
static inline int32_t verify(const struct memo_frame *frame, int32_t from)
{
	int32_t at = from - 1;

	for (; at >= 0; at--) {
		const struct memo_frame *outer = &frame[at];

		if (*(const uintptr_t *)outer->ra_slot != outer->pc ||
		    *(const uintptr_t *)outer->verify_slot != outer->verify_value)
			break;
	}
	return at;
}

/* Where the state of a walk was read from. */
struct slots { uintptr_t ra, bp; };

static inline void note_slots(struct memo_frame *frame, const struct slots *slots)
{
	bool verify_bp = frame->bp_matters && slots->bp;

	frame->ra_slot = slots->ra;
	frame->verify_slot = verify_bp ? slots->bp : slots->ra;
	frame->verify_value = verify_bp ? frame->bp : frame->pc;
}

static inline void push_fresh(struct memo *memo, uint32_t at, const struct frame *state,
			      const struct slots *slots, row r)
{
	struct memo_frame *fresh = &memo->fresh[at];

	fresh->pc = state->pc;
	fresh->sp = state->sp;
	fresh->bp = state->bp;
	fresh->ra_slot = slots->ra;
	fresh->verify_slot = slots->bp;         /* until it is known whether bp matters */
	fresh->module = row_module(r);
	fresh->row_says = (row_uses_bp(r) ? SAYS_USES_BP : 0) | (row_saves_bp(r) ? SAYS_SAVES_BP : 0);
}

/* Append the fresh frames to the memo's first `kept`, outermost first, with their nodes. */
static inline void append_fresh(struct memo *memo, uint32_t kept, uint32_t fresh)
{
	struct call_tree *tree = &profile.tree;
	uint32_t parent = kept ? memo->frame[kept - 1].node : NODE_ROOT;
	bool outer_matters = kept && memo->frame[kept - 1].bp_matters;
	int folded = 0;

	while (fresh--) {
		struct memo_frame *frame = &memo->frame[kept++];
		const struct memo_frame *from = &memo->fresh[fresh];
		struct slots slots = { from->ra_slot, from->verify_slot };

		*frame = *from;
		frame->bp_matters = (from->row_says & SAYS_USES_BP) ||
				    (!(from->row_says & SAYS_SAVES_BP) && outer_matters);
		note_slots(frame, &slots);
		parent = call_tree_child(tree, parent, PLACE(from->module, from->pc), &folded);
		frame->node = parent;
		frame->account = 0;
		outer_matters = frame->bp_matters;
	}
	memo->length = kept;
	if (unlikely(folded))
		count(&profile_header()->quality.stacks_folded);
}

/*
 * Bring the memo to the stack that begins at `caller`.  False: only a whole
 * walk can tell (then the memo is empty).
 */
static inline bool memo_walk(struct memo *memo, const struct frame *caller)
{
	struct frame state = *caller;
	struct slots slots = { caller->sp - sizeof(uintptr_t), 0 };
	int32_t at = (int32_t)memo->length - 1;
	uint32_t fresh = 0, kept = 0;

	do {
		while (at >= 0 && memo->frame[at].sp < state.sp)
			at--;
		if (at >= 0 && memo->frame[at].sp == state.sp && memo->frame[at].pc == state.pc &&
		    (!memo->frame[at].bp_matters || memo->frame[at].bp == state.bp)) {
			int32_t differs = verify(memo->frame, at);

			if (likely(differs < 0)) {
				if (fresh)
					note_slots(&memo->frame[at], &slots);
				kept = (uint32_t)at + 1;
				break;
			}
			at = differs - 1;
		}
		if (unlikely(fresh + memo->length >= memo->capacity) && !memo_grow(memo, fresh))
			return false;

		row r = unwind_row(state.pc);

		push_fresh(memo, fresh++, &state, &slots, r);
		if (row_kind(r) == ROW_END)
			break;
		if (unlikely(row_kind(r) == ROW_MISSING || row_kind(r) > ROW_END ||
			     !unwind_step(&state, r, &slots.ra, &slots.bp)))
			return false;
	} while (state.pc);
	if (fresh || kept != memo->length)
		append_fresh(memo, kept, fresh);
	return true;
}

/* The call-tree node of a whole walk. */
static uint32_t node_of_walk(const struct walk *walk)
{
	struct call_tree *tree = &profile.tree;
	uint32_t node = NODE_ROOT;
	int folded = 0;

	if (walk->truncated)
		node = call_tree_child(tree, node, PLACE(MODULE_NONE, PLACE_TRUNCATED), &folded);
	for (uint32_t i = walk->length; i--; )
		node = call_tree_child(tree, node, walk->place[i], &folded);
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
	thread->generation = generation;
}

static inline bool bring_memo(struct thread *thread, const struct frame *caller)
{
	uint32_t generation = __atomic_load_n(&modules_generation, __ATOMIC_ACQUIRE);

	if (unlikely(thread->generation != generation))
		forget_code(thread, generation);
	if (likely(memo_walk(&thread->memo, caller)))
		return true;
	memo_clear(&thread->memo);
	return false;
}

uint32_t unwind_node(struct thread *thread, const struct frame *caller)
{
	if (!bring_memo(thread, caller))
		return node_by_whole_walk(&thread->walk, caller);
	return thread->memo.frame[thread->memo.length - 1].node;
}

uint32_t unwind_account(struct thread *thread, const struct frame *caller)
{
	uint32_t account;

	if (likely(bring_memo(thread, caller))) {
		struct memo_frame *top = &thread->memo.frame[thread->memo.length - 1];

		if (unlikely(!top->account))
			top->account = account_of_node(top->node);
		account = top->account;
	} else {
		account = account_of_node(node_by_whole_walk(&thread->walk, caller));
	}
	if (unlikely(unwind_check_every) && ++thread->checks >= unwind_check_every) {
		thread->checks = 0;
		unwind_check(thread, caller, call_tree_account(&profile.tree, account)->stack);
	}
	return account;
}

uint32_t unwind_account_interrupted(struct thread *thread, const struct frame *caller)
{
	return account_of_node(node_by_whole_walk(&thread->interrupted_walk, caller));
}
