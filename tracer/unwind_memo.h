/*
 * unwind_memo: a thread's last stack, so that the next one need only be walked
 * as far as it differs.
 *
 * A walk is a function of (pc, sp, bp), the rows, and the words it reads.  The
 * memo keeps all of them for each frame: a new walk steps outward until it is
 * in a state that the memo was in too, then verifies inner to outer that every
 * word further out is still the same.  If so the answer is the memo's; else
 * the walk goes on.  Nothing is read that a plain walk would not have read.
 *
 *  Frame 0 is no frame: its sp is above all stacks, so that searches end there
 *
 *            0        1 = outermost                    length = innermost
 *   frame  | top |  sp pc bp, node, first word |  ...  |                   |
 *                          |                        |
 *   word           | slot value | slot value | slot value | ...
 *
 * `word` is what verification reads, and nothing else: a return address per
 * frame, the saved bp where an outer frame's CFA depends on it, and the CFA
 * where a frame that realigned its stack keeps it in memory.
 */
#ifndef DAGMEM_TRACER_UNWIND_MEMO_H
#define DAGMEM_TRACER_UNWIND_MEMO_H

#include "profile/call_tree.h"
#include "tracer/hint.h"
#include "tracer/row_cache.h"

struct memo_frame {
	uintptr_t sp, pc, bp;           /* the state of the walk in this frame */
	uint64_t hash;                  /* of the path from the root to here */
	uint32_t node;                  /* call-tree node of the stack that ends here */
	uint32_t account;               /* its account once asked for, else 0 */
	uint32_t first_word;            /* of those that this frame's state was read from */
	bool bp_matters;                /* an outer frame's CFA depends on bp here */
};

struct memo_word { uintptr_t slot, value; };

/* A frame of the walk in progress, not yet in the memo. */
struct memo_fresh {
	struct walk_state state;
	row row;
};

struct memo {
	struct memo_word *word;         /* MEMO_PADDING of them before the first */
	struct memo_frame *frame;       /* [0 .. length] */
	struct memo_fresh *fresh;       /* innermost first */
	struct tree_step *step;         /* of the fresh frames */
	uint32_t length;
	uint32_t walked;                /* frames of it that the last walk did not find there */
	uint32_t capacity;              /* frames; three times as many words */
	struct row_cache rows;          /* that its walks used last */
};

/*
 * Words are compared four at a time, without a look at what is left for the
 * last time: before the first stand three that are the same as it, so that
 * what is read beyond it has been read already.
 *
 *      | word[0] | word[0] | word[0] | word[0] | word[1] | ...
 *        -3        -2        -1        0         1
 */
enum { MEMO_STEP = 4, MEMO_PADDING = MEMO_STEP - 1 };

static inline void memo_pad(struct memo_word *word)
{
	for (int i = 1; i <= MEMO_PADDING; i++)
		word[-i] = word[0];
}

static inline bool memo_differs(const struct memo_word *word)
{
	return *(const uintptr_t *)word->slot != word->value;
}

/*
 * Whether every word before word[end] still stands where a walk reads it, from
 * inner to outer: the index of the innermost that does not, or -1.
 */
static inline int32_t memo_verify(const struct memo_word *word, uint32_t end)
{
	for (const struct memo_word *at = word + end; at > word; at -= MEMO_STEP) {
		if (unlikely(memo_differs(at - 1)))
			return (int32_t)(at - word) - 1;
		if (unlikely(memo_differs(at - 2)))
			return (int32_t)(at - word) - 2;
		if (unlikely(memo_differs(at - 3)))
			return (int32_t)(at - word) - 3;
		if (unlikely(memo_differs(at - 4)))
			return (int32_t)(at - word) - 4;
	}
	return -1;
}

void memo_clear(struct memo *memo);

/* Loaded code changed: forget its rows, too. */
void memo_forget(struct memo *memo);

/*
 * Bring the memo to the stack that begins at `caller`.  False: only a whole
 * walk can tell (a signal frame, rules that no row expresses, no memory); the
 * memo then must be cleared.
 */
bool memo_walk(struct memo *memo, const struct frame *caller);

#endif
