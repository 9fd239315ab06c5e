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
	struct memo_word *word = (struct memo_word *)(frame + capacity) + MEMO_PADDING;
	struct memo_fresh *fresh_frame = (struct memo_fresh *)(word + words);
	struct tree_step *step = (struct tree_step *)(fresh_frame + capacity);

	if (!frame)
		return false;
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
 * Write at `word` what `frame`'s state was read from, what the walk reads first
 * last: verification runs backwards.  `inner` is the frame it was stepped to from.
 * Returns the end of its words.  (The saved bp is written in any case, and then
 * kept or not: a jump would be as good as random.)
 */
static inline struct memo_word *put_words(struct memo_word *word, const struct memo_frame *frame,
					  const struct walk_state *state,
					  const struct memo_fresh *inner)
{
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
 * Append the fresh frames to frame `kept`, outermost first; `outer`: the state
 * that the walk found itself in at that frame.
 */
static inline void append_fresh(struct memo *memo, uint32_t kept, uint32_t fresh,
				const struct walk_state *outer)
{
	struct memo_frame *frame = &memo->frame[kept];
	struct memo_word *first = memo->word, *word = first;
	const struct memo_fresh *from = &memo->fresh[fresh];
	const struct tree_step *step = &memo->step[fresh];
	bool bp_matters = frame->bp_matters;

	memo->length = kept + fresh;
	memo->walked = fresh;
	if (kept && fresh)
		word = put_words(first + frame->first_word, frame, outer, from - 1);
	while (from > memo->fresh) {
		row r = (--from)->row;

		/* bp here matters if its own CFA uses it, or it is handed on to one that does. */
		bp_matters = row_uses_bp(r) || (bp_matters && !row_saves_bp(r));
		*++frame = (struct memo_frame) {
			.sp = from->state.sp,
			.pc = from->state.pc,
			.bp = from->state.bp,
			.hash = (--step)->hash,
			.first_word = (uint32_t)(word - first),
			.bp_matters = bp_matters,
		};
		if (from > memo->fresh) /* what the innermost was read from is no word on the stack */
			word = put_words(word, frame, &from->state, from - 1);
	}
	if (!memo->frame[kept].first_word)
		memo_pad(first);
}

/* The nodes of the fresh frames, whose slots in the call tree have been asked for. */
static inline void name_fresh(struct memo *memo, uint32_t kept, uint32_t fresh)
{
	struct memo_frame *frame = &memo->frame[kept];
	const struct tree_step *step = &memo->step[fresh];
	int folded = 0;

	call_tree_follow(&profile.tree, frame->node, memo->step, fresh, &folded);
	while (step > memo->step)
		(++frame)->node = (--step)->node;
	if (unlikely(folded))
		__atomic_fetch_add(&profile_header()->quality.stacks_folded, 1, __ATOMIC_RELAXED);
}

/* The frame further out than `frame` that was not reached by word `at`. */
static COLD const struct memo_frame *beyond(const struct memo_frame *frame, uint32_t at)
{
	while (frame->first_word > at)
		frame--;
	return frame - 1;
}

/* How many fresh frames there is room for. */
static inline uint32_t room(const struct memo *memo)
{
	return memo->capacity - memo->length - 2;
}

static inline bool same_state(const struct memo_frame *frame, const struct walk_state *state)
{
	return frame->sp == state->sp && frame->pc == state->pc &&
	       (frame->bp == state->bp || !frame->bp_matters);
}

bool memo_walk(struct memo *memo, const struct frame *caller)
{
	struct walk_state state = { .sp = caller->sp, .pc = caller->pc, .bp = caller->bp };
	const struct memo_frame *frame;
	struct memo_fresh *at, *end;
	struct tree_step *step;
	uint32_t kept = 0, fresh;

	if (unlikely(!memo->capacity) && !memo_grow(memo, 0))
		return false;
	frame = &memo->frame[memo->length];
	at = memo->fresh;
	step = memo->step;
	end = at + room(memo);
	do {
		while (frame->sp < state.sp)
			frame--;
		if (same_state(frame, &state)) {
			int32_t differing;

			/* Most likely it is where the stacks meet: its slots come while words are compared. */
			call_tree_expect(&profile.tree, frame->hash, memo->step,
					 (uint32_t)(at - memo->fresh));
			differing = memo_verify(memo->word, frame->first_word);
			if (likely(differing < 0)) {
				kept = (uint32_t)(frame - memo->frame);
				break;
			}
			frame = beyond(frame, (uint32_t)differing);
		}
		if (unlikely(at == end)) {
			ptrdiff_t known = frame - memo->frame, walked = at - memo->fresh;

			if (!memo_grow(memo, (uint32_t)walked))
				return false;
			frame = memo->frame + known;
			at = memo->fresh + walked;
			step = memo->step + walked;
			end = memo->fresh + room(memo);
		}

		uintptr_t pc = machine_code_address(state.pc);
		row r = row_cache_row(&memo->rows, pc);

		step++->place = PLACE(row_module(r), pc);
		at->state = state;
		at++->row = r;
		if (unlikely(!row_steps(r))) {
			if (row_kind(r) != ROW_END)
				return false;
			break;
		}
		if (unlikely(!unwind_step(&state, r)))
			return false;
	} while (state.pc);
	fresh = (uint32_t)(at - memo->fresh);
	if (!kept)
		call_tree_expect(&profile.tree, memo->frame[0].hash, memo->step, fresh);
	append_fresh(memo, kept, fresh, &state);
	name_fresh(memo, kept, fresh);
	return true;
}
