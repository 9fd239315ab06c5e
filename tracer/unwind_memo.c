#include "tracer/unwind_memo.h"

#include <string.h>

#include "tracer/hint.h"
#include "tracer/machine.h"
#include "tracer/mapping.h"
#include "tracer/memory.h"

enum { FIRST_FRAMES = 256, FRAMES_MAX = 1 << 22, WORDS_PER_FRAME = 3 };

void memo_clear(struct memo *memo)
{
	memo->length = 0;
}

void memo_forget(struct memo *memo)
{
	memo_clear(memo);
	row_cache_clear(&memo->rows);
}

/* More frames in each of the tables. */
static COLD bool memo_grow(struct memo *memo, uint32_t fresh)
{
	uint32_t capacity = memo->capacity ? memo->capacity * 4 : FIRST_FRAMES;
	size_t words = WORDS_PER_FRAME * (size_t)capacity;
	size_t bytes = capacity * (sizeof *memo->frame + sizeof *memo->fresh + sizeof *memo->step) +
		       (MEMO_PADDING + words) * sizeof *memo->word;
	struct memo_frame *frame = capacity > FRAMES_MAX ? NULL : memory_reserve(bytes);

	if (!frame)
		return false;
	struct memo_word *word = (struct memo_word *)(frame + capacity) + MEMO_PADDING;
	struct memo_fresh *fresh_frame = (struct memo_fresh *)(word + words);
	struct tree_step *step = (struct tree_step *)(fresh_frame + capacity);

	frame[0] = (struct memo_frame) { .sp = UINTPTR_MAX, .node = NODE_ROOT };
	if (memo->capacity) {
		memcpy(frame, memo->frame, (memo->length + 1) * sizeof *frame);
		memcpy(word - MEMO_PADDING, memo->word - MEMO_PADDING,
		       (MEMO_PADDING + WORDS_PER_FRAME * (size_t)memo->capacity) * sizeof *word);
		memcpy(fresh_frame, memo->fresh, fresh * sizeof *fresh_frame);
		memcpy(step, memo->step, fresh * sizeof *step);
	}
	memo->frame = frame;
	memo->word = word;
	memo->fresh = fresh_frame;
	memo->step = step;
	memo->capacity = capacity;
	return true;
}

/*
 * Write at `word` what `frame`'s state, inner[1]'s, was read from, what the walk
 * reads first last: verification runs backwards.  `inner` is the frame it was
 * stepped to from.  Returns the end of its words.
 */
static ALWAYS_INLINE struct memo_word *put_words(struct memo_word *word, const struct memo_frame *frame,
						 const struct memo_fresh *inner)
{
	const struct walk_state *state = &inner[1].state;

	*word++ = (struct memo_word) { walk_ra_slot(state), state->pc };
	if (frame->bp_matters && state->bp_slot)
		*word++ = (struct memo_word) { state->bp_slot, state->bp };
	if (unlikely(row_kind(inner->row) == ROW_BP_DEREF))
		*word++ = (struct memo_word) {
			inner->state.bp + (uintptr_t)row_cfa(inner->row), frame->sp
		};
	return word;
}

/*
 * Append the fresh frames, which end before *end, to frame `kept`, outermost
 * first; *end has the state that the walk found itself in at `kept`.  What the
 * innermost was read from is no word on the stack; frame 0 is none, but what the
 * outermost read to find that out may be a word.  Returns the innermost.
 */
static inline struct memo_frame *append_fresh(struct memo *memo, struct memo_frame *kept,
					      const struct memo_fresh *end)
{
	const struct memo_fresh *innermost = memo->fresh, *from = end;
	const struct tree_step *step = memo->step + (end - innermost);
	struct memo_word *word = &memo->word[kept->first_word];
	struct memo_frame *frame = kept;
	bool bp_matters = kept->bp_matters;

	while (from-- > innermost) {
		row r = from->row;

		if (likely(frame != memo->frame))
			word = put_words(word, frame, from);
		else if (!from[1].state.pc)     /* a return address of 0 that ended the walk */
			*word++ = (struct memo_word) { walk_ra_slot(&from[1].state), 0 };
		/* bp here matters if its own CFA uses it, or it is handed on to one that does. */
		bp_matters = row_uses_bp(r) || (bp_matters && !row_saves_bp(r));
		*++frame = (struct memo_frame) {
			.sp = from->state.sp,
			.pc = from->state.pc,
			.bp = from->state.bp,
			.hash = (--step)->hash,
			.first_word = (uint32_t)(word - memo->word),
			.bp_matters = bp_matters,
		};
	}
	if (unlikely(!kept->first_word))
		memo_pad(memo->word);
	return frame;
}

/*
 * The nodes of the frames from the one inside `kept` to `frame`, the innermost;
 * their slots in the call tree have been asked for.
 */
static inline void name_fresh(struct memo *memo, struct memo_frame *kept, struct memo_frame *frame,
			      struct tree_step *end)
{
	const struct tree_step *step = memo->step;
	int folded = 0;

	frame->account = call_tree_follow(&profile.tree, kept->node, memo->step, end, &folded);
	for (; frame > kept; frame--)
		frame->node = step++->node;
	if (unlikely(folded))
		__atomic_fetch_add(&profile_header()->quality.stacks_folded, 1, __ATOMIC_RELAXED);
}

/* The frame further out than `frame` that was not reached by word `at`. */
static COLD struct memo_frame *beyond(struct memo_frame *frame, uint32_t at)
{
	while (frame->first_word > at)
		frame--;
	return frame->sp == UINTPTR_MAX ? frame : frame - 1;    /* frame 0: by the word that ended the walk */
}

static inline bool same_state(const struct memo_frame *frame, const struct walk_state *state)
{
	return frame->sp == state->sp && frame->pc == state->pc &&
	       (frame->bp == state->bp || !frame->bp_matters);
}

/* Where a walk is: in the memo, and among what is fresh. */
struct progress {
	struct memo_frame *frame;       /* none further in has a caller in common with the walk */
	struct memo_fresh *at;
	struct tree_step *step;
};

/* How many fresh frames there is room for. */
static inline uint32_t room(const struct memo *memo)
{
	return memo->capacity - memo->length - 2;
}

static COLD bool make_room(struct memo *memo, struct progress *walk)
{
	ptrdiff_t known = walk->frame - memo->frame, fresh = walk->at - memo->fresh;

	if (!memo_grow(memo, (uint32_t)fresh))
		return false;
	*walk = (struct progress) { memo->frame + known, memo->fresh + fresh, memo->step + fresh };
	return true;
}

/*
 * Whether the memo's frame is the one that the walk has come to, and all further
 * out is as it was; else *frame is one that may be.
 */
static ALWAYS_INLINE bool meets(const struct memo *memo, const struct walk_state *state,
				struct progress *walk)
{
	int32_t differing;

	while (walk->frame->sp < state->sp)
		walk->frame--;
	if (!same_state(walk->frame, state))
		return false;
	/* Most likely they meet: slots of the call tree come while words are compared. */
	call_tree_expect(&profile.tree, walk->frame->hash, memo->step, walk->step);
	differing = memo_verify(memo->word, walk->frame->first_word);
	if (likely(differing < 0))
		return true;
	walk->frame = beyond(walk->frame, (uint32_t)differing);
	return false;
}

bool memo_walk(struct memo *memo, const struct frame *caller)
{
	struct walk_state state = { .sp = caller->sp, .pc = caller->pc, .bp = caller->bp };
	struct progress walk;
	struct memo_frame *innermost;
	const struct memo_fresh *end;

	if (unlikely(!memo->capacity) && !memo_grow(memo, 0))
		return false;
	walk = (struct progress) { &memo->frame[memo->length], memo->fresh, memo->step };
	end = walk.at + room(memo);
	while (!meets(memo, &state, &walk)) {
		if (unlikely(walk.at == end)) {
			if (!make_room(memo, &walk))
				return false;
			end = memo->fresh + room(memo);
		}

		uintptr_t pc = machine_code_address(state.pc);
		row r = row_cache_row(&memo->rows, pc);

		walk.step++->place = PLACE(row_module(r), pc);
		walk.at->state = state;
		walk.at++->row = r;
		if (unlikely(row_steps(r) ? !unwind_step(&state, r) : row_kind(r) != ROW_END))
			return false;
		if (unlikely(!row_steps(r) || !state.pc)) {
			walk.frame = memo->frame;       /* the thread's start */
			call_tree_expect(&profile.tree, walk.frame->hash, memo->step, walk.step);
			break;
		}
	}
	walk.at->state = state;
	innermost = append_fresh(memo, walk.frame, walk.at);
	name_fresh(memo, walk.frame, innermost, walk.step);
	memo->length = (uint32_t)(innermost - memo->frame);
	memo->walked = (uint32_t)(innermost - walk.frame);
	return true;
}
