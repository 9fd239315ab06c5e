/*
 * torture: allocates from stacks that are hard to walk: moving and realigned
 * frames, tail calls, signal frames, other stacks, non-local exits, callbacks
 * through the C library, generated call paths, great depth.
 *
 * Run with the tracer's check=1, each stack is compared with the oracle's.
 * Its totals and lines are known, as those of the other programs.
 *
 * usage: torture [ROUNDS]
 */
#include "truth.h"

#include <alloca.h>
#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <ucontext.h>

#define NOINLINE __attribute__((noinline))
#define KEEP_FRAME __asm__ volatile("" : : : "memory")  /* no tail call before it */
#define USE(room) __asm__ volatile("" : : "r"(room) : "memory") /* it exists */

static uint64_t random_state = 88172645463325252u;

static unsigned draw(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state % below);
}

static NOINLINE void allocate()
{
	truth_delete(TRUTH_NEW(16 + draw(100)));
	KEEP_FRAME;
}

/* --- Frames whose size or alignment is not constant ------------------------- */

static NOINLINE void with_alloca(unsigned depth)
{
	char *room = static_cast<char *>(alloca(1 + draw(3000)));

	USE(room);
	allocate();
	if (depth)
		with_alloca(depth - 1);
	allocate();
}

static NOINLINE void with_variable_array(unsigned length)
{
	char array[length];

	USE(array);
	allocate();
	KEEP_FRAME;
}

static NOINLINE void realigned(unsigned depth)
{
	alignas(128) char vector[256];

	USE(vector);
	allocate();
	if (depth)
		realigned(depth - 1);
	KEEP_FRAME;
}

static NOINLINE void wide_frame()
{
	char room[70000];

	USE(room);
	allocate();
	KEEP_FRAME;
}

static NOINLINE int tail_target(int n) { allocate(); return n + 1; }
static NOINLINE int tail_caller(int n) { return tail_target(n * 2); }

static void moving_frames()
{
	for (unsigned i = 0; i < 20; i++) {
		with_alloca(draw(6));
		with_variable_array(1 + draw(5000));
		realigned(draw(5));
		wide_frame();
		TRUTH_REQUIRE(tail_caller(static_cast<int>(i)) == static_cast<int>(2 * i + 1));
	}
}

/* --- Signals ------------------------------------------------------------------ */

/* Synchronous, so that it may allocate. */
static void on_signal(int) { with_alloca(2); }

static void signals()
{
	static char stack_memory[1 << 17];
	stack_t stack = {};
	struct sigaction action = {};

	stack.ss_sp = stack_memory;
	stack.ss_size = sizeof stack_memory;
	sigaltstack(&stack, nullptr);
	action.sa_handler = on_signal;
	sigaction(SIGUSR1, &action, nullptr);
	action.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR2, &action, nullptr);
	for (int i = 0; i < 10; i++) {
		raise(SIGUSR1);
		raise(SIGUSR2);
		allocate();
	}
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, nullptr);
}

/* --- Coroutines ----------------------------------------------------------------- */

static ucontext_t scheduler, coroutines[3];

static void coroutine(int number)
{
	for (int i = 0; i < 10; i++) {
		with_alloca(static_cast<unsigned>(number));
		swapcontext(&coroutines[number], &scheduler);
		allocate();
	}
}

static void contexts()
{
	static char stacks[3][1 << 16];

	for (int i = 0; i < 3; i++) {
		getcontext(&coroutines[i]);
		coroutines[i].uc_stack.ss_sp = stacks[i];
		coroutines[i].uc_stack.ss_size = sizeof stacks[i];
		coroutines[i].uc_link = &scheduler;
		makecontext(&coroutines[i], reinterpret_cast<void (*)()>(coroutine), 1, i);
	}
	for (int turn = 0; turn < 11; turn++)
		for (int i = 0; i < 3; i++) {
			swapcontext(&scheduler, &coroutines[i]);
			allocate();
		}
}

/* --- Non-local exits --------------------------------------------------------------- */

static jmp_buf target;

/* A function pointer that compilers do not see through: no warning of endless recursion. */
static void (*volatile jump_again)(unsigned depth);

static NOINLINE void jump_from(unsigned depth)
{
	allocate();
	if (depth == 0)
		longjmp(target, 1);
	jump_again(depth - 1);
	KEEP_FRAME;
}

static NOINLINE void throw_from(unsigned depth)
{
	struct guard { ~guard() { allocate(); } } on_the_way;

	allocate();
	if (depth == 0)
		throw static_cast<int>(random_state & 7);
	throw_from(depth - 1);
	KEEP_FRAME;
}

static void jumps()
{
	jump_again = jump_from;
	for (volatile int i = 0; i < 20; i = i + 1)
		if (!setjmp(target))
			jump_from(draw(8));
	for (int i = 0; i < 20; i++)
		try {
			throw_from(draw(8));
		} catch (int) {
			allocate();
		}
}

/* --- Callbacks through the C library ----------------------------------------------- */

static int compare(const void *a, const void *b)
{
	allocate();
	return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

static void callbacks()
{
	int numbers[40];

	for (int &number : numbers)
		number = static_cast<int>(draw(1000));
	qsort(numbers, 40, sizeof *numbers, compare);
	TRUTH_REQUIRE(bsearch(&numbers[7], numbers, 40, sizeof *numbers, compare));
}

/* --- Libraries that come and go -------------------------------------------------------- */

static void plugins()
{
	for (int i = 0; i < 6; i++) {
		void *plugin = dlopen(i % 2 ? "libplugin_a.so" : "libplugin_b.so", RTLD_NOW);

		TRUTH_REQUIRE(plugin != nullptr);
		free(reinterpret_cast<void *(*)(size_t)>(dlsym(plugin, "plugin_work"))(50));
		dlclose(plugin);
		allocate();
	}
}

/* --- Many paths, great depth -------------------------------------------------------------- */

static NOINLINE void left(unsigned depth);
static NOINLINE void right(unsigned depth);

static void branch(unsigned depth)
{
	if (depth == 0)
		allocate();
	else if (draw(2))
		left(depth - 1);
	else
		right(depth - 1);
	KEEP_FRAME;
}

static NOINLINE void left(unsigned depth) { branch(depth); KEEP_FRAME; }
static NOINLINE void right(unsigned depth) { char room[40]; USE(room); branch(depth); KEEP_FRAME; }

static NOINLINE void descend(unsigned depth)
{
	if (depth % 10000 == 0)
		allocate();
	if (depth)
		descend(depth - 1);
	KEEP_FRAME;
}

/* --- Threads ------------------------------------------------------------------------------- */

static void allocate_at_end(void *) { with_alloca(3); }

static void *wait_to_be_cancelled(void *)
{
	pthread_cleanup_push(allocate_at_end, nullptr);
	for (;;) {
		allocate();
		pthread_testcancel();
	}
	pthread_cleanup_pop(0);
	return nullptr;
}

static void *small_thread(void *)
{
	for (int i = 0; i < 50; i++)
		allocate();
	return nullptr;
}

/* One after the other beside main's waiting: `draw` has no lock. */
static void threads()
{
	pthread_t thread;

	for (int i = 0; i < 5; i++) {
		TRUTH_REQUIRE(pthread_create(&thread, nullptr, small_thread, nullptr) == 0);
		pthread_join(thread, nullptr);
		TRUTH_REQUIRE(pthread_create(&thread, nullptr, wait_to_be_cancelled, nullptr) == 0);
		pthread_cancel(thread);
		pthread_join(thread, nullptr);
	}
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 5;

	for (int i = 0; i < rounds; i++) {
		moving_frames();
		signals();
		contexts();
		jumps();
		callbacks();
		plugins();
		for (int j = 0; j < 300; j++)
			branch(draw(30));
		threads();
	}
	descend(50000);
	truth_write();
	return 0;
}
