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

/* From a signal frame to what the signal interrupted. */
static void step_signal(struct walk_state *frame)
{
	struct machine_state state = machine_interrupted(frame->sp);

	*frame = (struct walk_state) { .pc = state.pc, .sp = state.sp, .bp = state.fp };
}

enum progress { GOES_ON, ENDED, STUCK };

/*
 * Add `frame` and step to its caller.  *interrupted: frame->pc is where a
 * signal struck, not a return address, and becomes so for the next.
 */
static enum progress step(struct walk *walk, struct walk_state *frame, bool *interrupted)
{
	row r = unwind_row(frame->pc + *interrupted);

	if (row_kind(r) == ROW_SIGNAL) {
		if (!walk_add(walk, PLACE(MODULE_NONE, PLACE_SIGNAL)))
			return STUCK;
		step_signal(frame);
		*interrupted = true;
		return GOES_ON;
	}
	if (!walk_add(walk, PLACE(row_module(r), frame->pc)))
		return STUCK;
	*interrupted = false;
	if (row_kind(r) == ROW_END)
		return ENDED;
	if (!row_steps(r) || !unwind_step(frame, r))
		return STUCK;
	return frame->pc ? GOES_ON : ENDED;
}

bool walk_stack(struct walk *walk, const struct frame *caller)
{
	struct walk_state frame = { .sp = caller->sp, .pc = caller->pc, .bp = caller->bp };
	enum progress progress = GOES_ON;
	bool interrupted = false;

	walk->length = 0;
	walk->truncated = false;
	while (progress == GOES_ON)
		progress = step(walk, &frame, &interrupted);
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
