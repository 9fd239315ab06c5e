#include "tracer/leak_frames.h"

#include "tracer/memory.h"
#include "tracer/modules.h"
#include "tracer/unwind_rows.h"

enum { DEPTH_MAX = 1 << 16 };

struct position {
	struct walk_state state;
	bool interrupted;               /* pc is no return address, but the very instruction */
};

/* Where thread `tid` stands; false: not known. */
static bool find_thread(const struct leak_job *job, uint32_t tid, struct position *at)
{
	if (tid == job->tid) {
		*at = (struct position){
			{ .sp = job->caller.sp, .pc = job->caller.pc, .bp = job->caller.bp }, false
		};
		return job->caller.pc != 0;
	}
	for (uint32_t i = 0; i < job->threads.count; i++) {
		const struct leak_thread *thread = &job->threads.thread[i];

		if (thread->tid != tid || thread->state != THREAD_STOPPED)
			continue;
		*at = (struct position){
			{ .sp = thread->at.sp, .pc = thread->at.pc, .bp = thread->at.fp }, true
		};
		return true;
	}
	return false;
}

static uint64_t place_of(const struct position *at)
{
	uintptr_t pc = machine_code_address(at->state.pc);

	return PLACE(modules_id_at(pc), pc + at->interrupted);
}

/* Whether what a step by `r` reads is on the stack. */
static bool is_readable(const struct walk_state *state, row r, const struct leak_map *stack)
{
	uintptr_t cfa = (row_kind(r) == ROW_SP ? state->sp : state->bp) + (uintptr_t)row_cfa(r);
	const uintptr_t reach = 1024;   /* of offsets from the CFA in rows */

	if (row_kind(r) == ROW_BP_DEREF) {
		if (cfa < state->sp || cfa > stack->end - 8 || cfa & 7)
			return false;
		cfa = *(const uintptr_t *)cfa;
	}
	return cfa > state->sp && cfa <= stack->end && cfa - stack->start > reach &&
	       row_ra(r) > -(intptr_t)reach;
}

/* To the caller's frame; false: the way ends here. */
static bool step(struct position *at, const struct leak_map *stack)
{
	row r = unwind_row(machine_code_address(at->state.pc) + at->interrupted);

	if (row_kind(r) == ROW_SIGNAL) {
		struct machine_state state;

		if (stack->end - at->state.sp < sizeof(ucontext_t))
			return false;
		state = machine_interrupted(at->state.sp);
		*at = (struct position){ { .sp = state.sp, .pc = state.pc, .bp = state.fp }, true };
		return true;
	}
	if (!row_steps(r) || !is_readable(&at->state, r, stack) || !unwind_step(&at->state, r))
		return false;
	at->interrupted = false;
	return true;
}

/* The frames of one thread, innermost first. */
struct bounded { uintptr_t end; uint64_t place; };

static struct frames {
	uint32_t tid, count;
	const struct leak_map *stack;
	struct bounded *frame;
} newest;

static void walk(struct position at, const struct leak_map *stack)
{
	while (stack && newest.count < DEPTH_MAX) {
		uint64_t place = place_of(&at);
		uintptr_t sp = at.state.sp;

		if (sp < stack->start || sp >= stack->end || !step(&at, stack) || at.state.sp <= sp)
			return;
		newest.frame[newest.count++] = (struct bounded){ at.state.sp, place };
	}
}

/* The innermost frame that ends after `address`. */
static uint64_t find_frame(uintptr_t address)
{
	uint32_t low = 0, high = newest.count;

	if (!newest.stack || address < newest.stack->start || address >= newest.stack->end)
		return 0;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (newest.frame[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < newest.count ? newest.frame[low].place : 0;
}

uint64_t leak_frames_place(const struct leak_job *job, uint8_t holder, uint32_t tid, uintptr_t address,
			   const struct leak_maps *maps)
{
	struct position at;

	if (holder != HELD_BY_STACK && holder != HELD_BY_REGISTER && holder != HELD_BY_EXIT_STACK)
		return 0;
	if (!find_thread(job, tid, &at))
		return 0;
	if (holder == HELD_BY_REGISTER)
		return place_of(&at);
	if (!newest.frame)
		newest.frame = memory_reserve(DEPTH_MAX * sizeof *newest.frame);
	if (!newest.frame)
		return 0;
	if (newest.tid != tid) {
		newest.tid = tid;
		newest.count = 0;
		newest.stack = leak_maps_find(maps, at.state.sp);
		walk(at, newest.stack);
	}
	return find_frame(address);
}
