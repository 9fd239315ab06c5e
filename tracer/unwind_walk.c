#include "tracer/unwind_walk.h"

#include <string.h>

#include "profile/layout.h"
#include "tracer/machine.h"
#include "tracer/memory.h"
#include "tracer/unwind_libunwind.h"
#include "tracer/unwind_rows.h"

enum { FIRST_CAPACITY = 1024, DEPTH_MAX = 1 << 22 };

static bool make_room(struct walk *walk)
{
	uint32_t capacity = walk->capacity ? walk->capacity * 4 : FIRST_CAPACITY;
	uint64_t *place = capacity > DEPTH_MAX ? NULL : memory_reserve(capacity * sizeof *place);

	if (!place)
		return false;
	if (walk->length)
		memcpy(place, walk->place, walk->length * sizeof *place);
	walk->place = place;
	walk->capacity = capacity;
	return true;
}

bool walk_add(struct walk *walk, uint64_t place)
{
	if (walk->length == walk->capacity && !make_room(walk)) {
		walk->truncated = true;
		return false;
	}
	walk->place[walk->length++] = place;
	return true;
}

enum progress { GOES_ON, ENDED, STUCK };

/* Where a walk is.  In a frame that a signal interrupted, pc is no return address. */
struct position {
	struct walk_state state;
	bool interrupted;
	uintptr_t link;         /* then: the link register */
};

/* From a signal frame to what the signal interrupted. */
static void step_signal(struct position *at)
{
	struct machine_state state = machine_interrupted(at->state.sp);

	at->state = (struct walk_state) { .pc = state.pc, .sp = state.sp, .bp = state.fp };
	at->link = state.link;
	at->interrupted = true;
}

/* From a function that has not stored its return address yet, or need not. */
static bool step_leaf(struct position *at, row r)
{
	struct walk_state *state = &at->state;
	uintptr_t cfa = state->sp + (uintptr_t)row_cfa(r);

	if (!at->interrupted || !at->link || cfa < state->sp || cfa & 7)
		return false;
	if (row_saves_bp(r))
		state->bp = *(uintptr_t *)(cfa + 8 + (uintptr_t)row_bp(r) * 8);
	state->pc = at->link;
	state->sp = cfa;
	return true;
}

/* Add the frame and step to its caller. */
static enum progress step(struct walk *walk, struct position *at)
{
	uintptr_t pc = machine_code_address(at->state.pc);
	row r = unwind_row(pc + at->interrupted);

	if (row_kind(r) == ROW_SIGNAL) {
		if (!walk_add(walk, PLACE(MODULE_NONE, PLACE_SIGNAL)))
			return STUCK;
		step_signal(at);
		return GOES_ON;
	}
	if (!walk_add(walk, PLACE(row_module(r), pc)))
		return STUCK;
	if (row_kind(r) == ROW_END)
		return ENDED;
	if (row_kind(r) == ROW_LEAF ? !step_leaf(at, r) :
	    !row_steps(r) || !unwind_step(&at->state, r))
		return STUCK;
	at->interrupted = false;
	return at->state.pc ? GOES_ON : ENDED;
}

bool walk_stack(struct walk *walk, const struct frame *caller)
{
	struct position at = {
		.state = { .sp = caller->sp, .pc = caller->pc, .bp = caller->bp },
	};
	enum progress progress = GOES_ON;

	walk->length = 0;
	walk->truncated = false;
	while (progress == GOES_ON)
		progress = step(walk, &at);
	if (progress == STUCK) {
		uint32_t by_rows = walk->length;

		if (libunwind_walk(walk, caller) && walk->length >= by_rows)
			return true;
		walk->truncated = true;
		if (walk->length < by_rows)
			walk->length = by_rows; /* the inner frames that both agree on */
	}
	return walk->length > 0;
}
