#include "tracer/unwind.h"

#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#include "tests/unit/call_tree_child.h"
#include "tests/unit/live_profile.h"
#include "tests/unit/random.h"
#include "tracer/unwind_account.h"
#include "tracer/unwind_libunwind.h"
#include "tracer/unwind_rows.h"
#include "tracer/unwind_walk.h"

/*
 * Random programs of functions with frames of all sorts call each other and
 * now and then a hook, which compares three answers to the same question: the
 * ladder's, a plain walk's by rows, and libunwind's.
 */
enum { CALLS = 20000, DEPTH_MAX = 60, JUMPS = 200, STACK_BYTES = 1 << 18 };

#define NOINLINE __attribute__((noinline, noclone))
/* After the call, so that it is no tail call. */
#define KEEP_FRAME() __asm__ volatile("" ::: "memory")

struct program {
	struct random random;
	struct thread *thread;
	struct walk plain;
	uint64_t hooks;
	uint64_t nodes_hash;            /* of all nodes met: that they differ at all */
	uint64_t site_hits;             /* hooks whose answer a site knew already */
	unsigned left;                  /* calls that may still be made */
};

static __thread jmp_buf *far_out;

static void check_same(const struct walk *plain, uint32_t node)
{
	uint32_t by_walk = NODE_ROOT, at = node;
	int folded = 0;

	assert_false(plain->truncated);
	assert_true(plain->length > 0);
	for (uint32_t i = 0; i < plain->length; i++) {
		const struct tree_node *frame = call_tree_node(&profile.tree, at);

		assert_int_equal(frame->place, plain->place[i]);
		at = frame->parent;
	}
	assert_int_equal(at, NODE_ROOT);
	for (uint32_t i = plain->length; i--; )
		by_walk = call_tree_child(&profile.tree, by_walk, plain->place[i], &folded);
	assert_int_equal(by_walk, node);
	assert_false(folded);
}

/* The ladder from its first rung. */
static uint32_t account_of(struct thread *thread, const struct frame *caller)
{
	const struct site_run *run = unwind_known(thread, caller);

	return run ? run->account : unwind_other(thread, caller->pc, caller->sp, caller->bp);
}

/* Stands where a hook stands: its caller is the program. */
static NOINLINE void hook(struct program *program)
{
	struct frame caller = UNWIND_CALLER();
	uint32_t node, account = 0;

	/* What sites remember is asked only where the memo does not stand already. */
	if (random_below(&program->random, 2)) {
		program->site_hits += site_find(&program->thread->sites, &caller) != NULL;
		account = account_of(program->thread, &caller);
	}
	node = unwind_node(program->thread, &caller);
	assert_true(walk_stack(&program->plain, &caller));
	check_same(&program->plain, node);
	if (!account)
		account = account_of(program->thread, &caller);
	assert_int_equal(subject_stack(call_tree_subject(&profile.tree, account)), node);
	unwind_check(program->thread, &caller, node);
	program->nodes_hash = program->nodes_hash * 31 + node;
	program->hooks++;
	KEEP_FRAME();
}

/* --- Functions with frames of all sorts ---------------------------------------- */

typedef void step_fn(struct program *, unsigned depth);
static step_fn *draw_step(struct program *program);

static void go_on(struct program *program, unsigned depth)
{
	unsigned calls = (unsigned)random_below(&program->random, 4);

	if (random_below(&program->random, 2))
		hook(program);
	for (unsigned i = 0; i < calls && depth < DEPTH_MAX && program->left; i++) {
		program->left--;
		draw_step(program)(program, depth + 1);
		if (!random_below(&program->random, 3))
			hook(program);
	}
}

static NOINLINE void plain_frame(struct program *program, unsigned depth)
{
	go_on(program, depth);
	KEEP_FRAME();
}

static NOINLINE void other_plain_frame(struct program *program, unsigned depth)
{
	hook(program);
	go_on(program, depth);
	hook(program);
	KEEP_FRAME();
}

static NOINLINE void frame_with_alloca(struct program *program, unsigned depth)
{
	volatile char *bytes = alloca(1 + random_below(&program->random, 3000));

	bytes[0] = 1;
	go_on(program, depth);
	bytes[0] = 2;
}

static NOINLINE void frame_that_is_realigned(struct program *program, unsigned depth)
{
	volatile struct { _Alignas(64) char bytes[64]; } aligned;

	aligned.bytes[0] = 1;
	assert_int_equal((uintptr_t)&aligned % 64, 0);
	go_on(program, depth);
	aligned.bytes[1] = 2;
}

static NOINLINE void frame_that_is_wide(struct program *program, unsigned depth)
{
	volatile char bytes[20000];

	bytes[0] = 1;
	go_on(program, depth);
	bytes[sizeof bytes - 1] = 2;
}

static NOINLINE void frame_of_many_registers(struct program *program, unsigned depth)
{
	uint64_t a = random_next(&program->random), b = a * 3, c = a ^ b, d = a + c, e = b - d;

	hook(program);
	go_on(program, depth);
	program->nodes_hash += (a ^ b ^ c ^ d ^ e) & 1;
	hook(program);
	program->nodes_hash += (a + b + c + d + e) & 1;
}

static int compare_and_go_on(const void *a, const void *b, void *context)
{
	struct program *program = context;

	hook(program);
	return *(const int *)a - *(const int *)b;
}

static NOINLINE void frame_under_the_c_library(struct program *program, unsigned depth)
{
	int numbers[] = { 3, 1, 2 };

	(void)depth;
	qsort_r(numbers, 3, sizeof *numbers, compare_and_go_on, program);
	KEEP_FRAME();
}

static NOINLINE void frame_that_jumps(struct program *program, unsigned depth)
{
	go_on(program, depth);
	if (far_out && !random_below(&program->random, 40))
		longjmp(*far_out, 1);
	KEEP_FRAME();
}

static step_fn *draw_step(struct program *program)
{
	static step_fn *const steps[] = {
		plain_frame, plain_frame, plain_frame, other_plain_frame, frame_with_alloca,
		frame_that_is_realigned, frame_that_is_wide, frame_of_many_registers,
		frame_under_the_c_library, frame_that_jumps,
	};

	return steps[random_below(&program->random, sizeof steps / sizeof *steps)];
}

/* --- Tests ------------------------------------------------------------------------ */

static struct program new_program(uint64_t seed)
{
	struct program program = { .random = { seed }, .left = CALLS };

	program.thread = guard_enter(UINTPTR_MAX);
	assert_non_null(program.thread);
	return program;
}

static void end_program(struct program *program)
{
	guard_leave(program->thread);
}

static void run_until_used_up(struct program *program)
{
	while (program->left) {
		program->left--;
		draw_step(program)(program, 0);
	}
}

static void nothing_differed(uint64_t stacks_before)
{
	const struct quality *quality = &profile_header()->quality;

	assert_int_equal(quality->check_frames_differ, 0);
	assert_int_equal(quality->check_ids_differ, 0);
	if (libunwind_available())
		assert_true(quality->check_stacks > stacks_before);
}

static void random_recursion_is_walked_as_plain_walks_do(void **state)
{
	uint64_t stacks = profile_header()->quality.check_stacks;
	struct program program = new_program(1);

	(void)state;
	run_until_used_up(&program);
	end_program(&program);
	assert_true(program.hooks > CALLS / 4);
	nothing_differed(stacks);
}

/*
 * One of four ways on each level, by frames of equal size: many stacks stand at
 * one (pc, sp), and differ in one word or more, here or there.
 */
static NOINLINE void take_turns(struct program *program, unsigned levels, unsigned turns)
{
	/* Calls that the compiler does not make one of. */
#define TURN(which) do { \
		take_turns(program, levels - 1, turns / 4); \
		__asm__ volatile("# turn " #which ::: "memory"); \
	} while (0)
	if (!levels)
		hook(program);
	else if (turns % 4 == 0)
		TURN(0);
	else if (turns % 4 == 1)
		TURN(1);
	else if (turns % 4 == 2)
		TURN(2);
	else
		TURN(3);
#undef TURN
	KEEP_FRAME();
}

/* The same with a frame below that takes its size, one of two, from the frame pointer. */
static NOINLINE void take_turns_by_frame_pointer(struct program *program, unsigned levels,
						 unsigned turns)
{
	volatile char *bytes = alloca(64 + 64 * (turns & 1));

	bytes[0] = 1;
	take_turns(program, levels, turns);
	bytes[1] = 2;
}

static void stacks_that_come_back_are_known_by_their_sites(void **state)
{
	enum { LEVELS = 5, TURNS = 1 << 2 * LEVELS, ROUNDS = 8 };
	uint64_t stacks = profile_header()->quality.check_stacks;
	struct program program = new_program(4);

	(void)state;
	/* What the tests before made of the one site that there is. */
	memset(program.thread->sites.trust, 0, sizeof program.thread->sites.trust);
	for (unsigned i = 0; i < ROUNDS * TURNS; i++) {
		unsigned turns = (unsigned)random_below(&program.random, TURNS / 4);

		if (i % 2)
			take_turns(&program, LEVELS, turns);
		else
			take_turns_by_frame_pointer(&program, LEVELS, turns);
	}
	end_program(&program);
	assert_true(program.site_hits > program.hooks / 4);
	nothing_differed(stacks);
}

/* More stacks than runs and words have room for: what is given up on the way is found anew, or walked. */
static void a_cache_of_sites_grows_and_then_gives_up_the_oldest(void **state)
{
	enum { LEVELS = 8, STACKS = 1 << 2 * LEVELS, HOOKS = 60000 };
	uint64_t stacks = profile_header()->quality.check_stacks;
	struct program program = new_program(7);
	struct site_cache *sites = &program.thread->sites;

	(void)state;
	memset(sites, 0, sizeof *sites);
	site_init(sites);
	for (unsigned i = 0; i < HOOKS; i++) {
		uint64_t of = random_below(&program.random, 2) ? 256 : STACKS;

		if (i % 256 == 0)       /* there is one site, and it keeps its trust */
			memset(sites->trust, 0, sizeof sites->trust);
		take_turns(&program, LEVELS, (unsigned)random_below(&program.random, of));
	}
	end_program(&program);
	assert_int_equal(sites->sets_mask, SITE_SETS_MAX - 1);
	assert_true(sites->forks > SITE_SETS_MAX * SITE_WAYS);
	assert_true(program.site_hits > program.hooks / 8);
	nothing_differed(stacks);
}

/*
 * Two stacks at one (pc, sp), told apart by the frame pointer alone: what one
 * frame takes more its callee takes less, and nobody writes there.
 *
 *      ... | call via  | small | by_frame_pointer, 64 + 256 |  hook
 *      ... | call via  | large + 256     |  ... with 64     |  hook
 *                              ^ what `small` left here stays: its callee's return address
 */
enum { SHIFT = 256 };

struct shifted {
	struct program *program;
	uintptr_t sp, bp, left_there;   /* of the last stack by way of `small` */
	bool is_small;
	unsigned same;                  /* how often all else was the same */
};

static NOINLINE void note_stack(struct shifted *shifted, uintptr_t sp, uintptr_t bp)
{
	const volatile uintptr_t *slot = (const uintptr_t *)(shifted->is_small ? bp : shifted->bp) + 1;

	if (!shifted->is_small) {
		shifted->same += shifted->sp == sp && shifted->bp != bp && shifted->left_there == *slot;
		return;
	}
	shifted->sp = sp;
	shifted->bp = bp;
	shifted->left_there = *slot;
}

/* One call of the hook, with one return address. */
static NOINLINE void by_frame_pointer(struct shifted *shifted, size_t bytes)
{
	volatile char *room = alloca(bytes);

	room[0] = 1;
	note_stack(shifted, (uintptr_t)room, (uintptr_t)__builtin_frame_address(0));
	hook(shifted->program);
	KEEP_FRAME();
}

static NOINLINE void small_frame(struct shifted *shifted)
{
	volatile char bytes[64];

	bytes[0] = 1;
	by_frame_pointer(shifted, 64 + SHIFT);
	bytes[sizeof bytes - 1] = 2;
}

static NOINLINE void large_frame(struct shifted *shifted)
{
	volatile char bytes[64 + SHIFT];

	bytes[0] = 1;
	by_frame_pointer(shifted, 64);
	bytes[sizeof bytes - 1] = 2;
}

static NOINLINE void call_via(void (*volatile frame)(struct shifted *), struct shifted *shifted)
{
	frame(shifted);
	KEEP_FRAME();
}

static void stacks_told_apart_by_the_frame_pointer_alone_are(void **state)
{
	enum { TURNS = 400 };
	uint64_t stacks = profile_header()->quality.check_stacks;
	struct program program = new_program(5);
	struct shifted shifted = { .program = &program };

	(void)state;
	memset(program.thread->sites.trust, 0, sizeof program.thread->sites.trust);
	for (unsigned i = 0; i < TURNS; i++) {
		/* The first are of one kind, so that their site is trusted. */
		shifted.is_small = i < TURNS / 4 || random_below(&program.random, 2);
		call_via(shifted.is_small ? small_frame : large_frame, &shifted);
	}
	end_program(&program);
	assert_true(program.site_hits > TURNS / 8);
	/* Other compilers and sanitizers lay frames out otherwise: there it may only be two stacks. */
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
	!defined(__SANITIZE_THREAD__) && defined(__OPTIMIZE__)
	assert_true(shifted.same > TURNS / 8);
#endif
	nothing_differed(stacks);
}

static NOINLINE void jump_about(struct program *program)
{
	jmp_buf out;

	far_out = &out;
	for (volatile int i = 0; i < JUMPS; i++) {
		program->left = CALLS / JUMPS;
		if (!setjmp(out))
			run_until_used_up(program);
		hook(program);
	}
	far_out = NULL;
}

static void jumps_out_of_many_frames_leave_no_trace(void **state)
{
	uint64_t stacks = profile_header()->quality.check_stacks;
	struct program program = new_program(2);

	(void)state;
	jump_about(&program);
	end_program(&program);
	nothing_differed(stacks);
}

static void *run_in_thread(void *seed)
{
	struct program program = new_program((uintptr_t)seed);

	program.left /= 4;
	run_until_used_up(&program);
	end_program(&program);
	return NULL;
}

static void threads_walk_their_own_stacks(void **state)
{
	uint64_t stacks = profile_header()->quality.check_stacks;
	pthread_t threads[4];

	(void)state;
	for (uintptr_t i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, run_in_thread, (void *)(i + 10));
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	nothing_differed(stacks);
}

/* --- Coroutines and signals ----------------------------------------------------- */

static ucontext_t main_context, coroutine[3];
static struct program *current;

static void run_in_coroutine(int which)
{
	for (;;) {
		plain_frame(current, DEPTH_MAX - 5);
		hook(current);
		swapcontext(&coroutine[which], &main_context);
	}
}

/* Each on a stack of its own: the memo meets them in turn. */
static void coroutines_in_turn_do_not_confuse_the_memo(void **state)
{
	struct program program = new_program(3);
	uint64_t hooks;

	(void)state;
	current = &program;
	program.left = UINT32_MAX;
	for (int i = 0; i < 3; i++) {
		getcontext(&coroutine[i]);
		coroutine[i].uc_stack.ss_sp = malloc(STACK_BYTES);
		coroutine[i].uc_stack.ss_size = STACK_BYTES;
		coroutine[i].uc_link = &main_context;
		makecontext(&coroutine[i], (void (*)(void))run_in_coroutine, 1, i);
	}
	hooks = program.hooks;
	for (int turn = 0; turn < 300; turn++) {
		swapcontext(&main_context, &coroutine[random_below(&program.random, 3)]);
		hook(&program);
	}
	assert_true(program.hooks >= hooks + 600);
	for (int i = 0; i < 3; i++)
		free(coroutine[i].uc_stack.ss_sp);
	end_program(&program);
}

static void on_signal(int number)
{
	(void)number;
	hook(current);
	plain_frame(current, DEPTH_MAX - 5);
}

static bool has_place(const struct walk *walk, uint64_t place)
{
	for (uint32_t i = 0; i < walk->length; i++)
		if (walk->place[i] == place)
			return true;
	return false;
}

static void a_signal_handlers_stack_goes_on_below_the_signal(void **state)
{
	uint64_t stacks = profile_header()->quality.check_stacks;
	struct program program = new_program(4);

	(void)state;
	current = &program;
	program.left = 1000;
	signal(SIGUSR1, on_signal);
	for (int i = 0; i < 50; i++) {
		raise(SIGUSR1);
		assert_true(has_place(&program.plain, PLACE(MODULE_NONE, PLACE_SIGNAL)));
		hook(&program);
		assert_false(has_place(&program.plain, PLACE(MODULE_NONE, PLACE_SIGNAL)));
	}
	signal(SIGUSR1, SIG_DFL);
	end_program(&program);
	nothing_differed(stacks);
}

/* --- What is deeper than any table at first ------------------------------------- */

static NOINLINE void recurse(struct program *program, unsigned depth)
{
	if (depth)
		recurse(program, depth - 1);
	else
		hook(program);
	KEEP_FRAME();
}

static void deep_recursion_is_kept_to_its_root(void **state)
{
	struct program program = new_program(5);

	(void)state;
	for (unsigned depth = 1; depth <= 10000; depth *= 10) {
		uint32_t length = program.plain.length;

		recurse(&program, depth);
		assert_true(program.plain.length > depth);
		assert_true(program.plain.length > length);
	}
	hook(&program);
	end_program(&program);
}

static void code_that_may_have_changed_is_looked_at_anew(void **state)
{
	struct program program = new_program(6);

	(void)state;
	for (int i = 0; i < 20; i++) {
		program.left = 50;
		run_until_used_up(&program);
		modules_unload_begin();
		unwind_rows_flush();
		hook(&program);
		unwind_rows_flush();
		modules_unload_end();
	}
	end_program(&program);
	assert_int_equal(profile_header()->quality.modules_unloaded, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_recursion_is_walked_as_plain_walks_do),
		cmocka_unit_test(stacks_that_come_back_are_known_by_their_sites),
		cmocka_unit_test(a_cache_of_sites_grows_and_then_gives_up_the_oldest),
		cmocka_unit_test(stacks_told_apart_by_the_frame_pointer_alone_are),
		cmocka_unit_test(jumps_out_of_many_frames_leave_no_trace),
		cmocka_unit_test(threads_walk_their_own_stacks),
		cmocka_unit_test(coroutines_in_turn_do_not_confuse_the_memo),
		cmocka_unit_test(a_signal_handlers_stack_goes_on_below_the_signal),
		cmocka_unit_test(deep_recursion_is_kept_to_its_root),
		cmocka_unit_test(code_that_may_have_changed_is_looked_at_anew),
	};

	return cmocka_run_group_tests(tests, live_profile_setup, live_profile_teardown);
}
