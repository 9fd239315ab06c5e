/*
 * signals: handlers that allocate while the main line allocates, on the
 * normal and on an alternate stack, and handlers that jump out of it.
 *
 * usage: signals handler|altstack|jump
 *
 * POSIX forbids all of this; programs do it.  Handlers and main line use
 * different size classes, all served from glibc's per-thread cache, so that
 * the C library itself stays whole and what is tested is the tracer.
 */
#include "truth.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>

enum { HANDLER_BYTES = 1000, MAIN_BYTES = 100, JUMPS = 300, TICKS = 500 };

static volatile sig_atomic_t ticks;
static sigjmp_buf back;

/* Fill the cache of a size class, so that the next seven come from it. */
static void warm(size_t size_bytes)
{
	void *block[7];

	for (int i = 0; i < 7; i++)
		block[i] = TRUTH_NEW(size_bytes);
	for (int i = 0; i < 7; i++)
		truth_delete(block[i]);
}

static void allocate_in_handler(int signal)
{
	void *first = TRUTH_NEW(HANDLER_BYTES), *second = TRUTH_NEW(HANDLER_BYTES);

	(void)signal;
	truth_delete(first);
	truth_delete(second);
	ticks++;
}

static void tick_every(long microseconds)
{
	struct itimerval timer = { { 0, microseconds }, { 0, microseconds } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action;

	memset(&action, 0, sizeof action);
	action.sa_handler = handler;
	action.sa_flags = flags;
	TRUTH_REQUIRE(sigaction(signal, &action, NULL) == 0);
}

static void allocate_meanwhile(void)
{
	handle(SIGALRM, allocate_in_handler, SA_RESTART);
	tick_every(200);
	while (ticks < TICKS)
		truth_delete(TRUTH_NEW(MAIN_BYTES));
	tick_every(0);
}

static char alternate_stack[1 << 16];

static void on_alternate_stack(void)
{
	stack_t stack = { .ss_sp = alternate_stack, .ss_size = sizeof alternate_stack };

	TRUTH_REQUIRE(sigaltstack(&stack, NULL) == 0);
	handle(SIGUSR1, allocate_in_handler, SA_ONSTACK);
	for (int i = 0; i < 1000; i++)
		raise(SIGUSR1);
	handle(SIGALRM, allocate_in_handler, SA_ONSTACK | SA_RESTART);
	tick_every(200);
	while (ticks < 1000 + TICKS)
		truth_delete(TRUTH_NEW(MAIN_BYTES));
	tick_every(0);
}

/*
 * Jumps out of the main line's loop, wherever it is: each may cost the call
 * that was under way, so the truth is known to within JUMPS events.
 */
static uintptr_t libc_start, libc_end;  /* its code */

/* Where the C library's code lies: a jump out of that would leave its heap in pieces. */
static void find_libc(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	TRUTH_REQUIRE(maps != NULL);
	while (fgets(line, sizeof line, maps)) {
		uintptr_t start, end;
		char rights[8];

		if (strstr(line, "/libc.so") &&
		    sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &start, &end, rights) == 3 &&
		    rights[2] == 'x') {
			libc_start = start;
			libc_end = end;
		}
	}
	fclose(maps);
	TRUTH_REQUIRE(libc_start != 0);
}

static uintptr_t interrupted_at(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#else
	return context->uc_mcontext.pc;
#endif
}

static void jump_from(int signal, siginfo_t *info, void *context)
{
	uintptr_t at = interrupted_at(context);

	(void)signal;
	(void)info;
	if (at >= libc_start && at < libc_end)
		return;
	ticks++;
	siglongjmp(back, 1);
}

static void allocate_and_free(void)
{
	truth_delete(TRUTH_NEW(MAIN_BYTES));
}

static void jump_out(void)
{
	static struct sigaction action;
	void *volatile kept[JUMPS];

	allocate_and_free();    /* its site is listed before the first jump */
	find_libc();
	action.sa_sigaction = jump_from;
	action.sa_flags = SA_SIGINFO;
	TRUTH_REQUIRE(sigaction(SIGALRM, &action, NULL) == 0);
	tick_every(300);
	sigsetjmp(back, 1);
	while (ticks < JUMPS)
		allocate_and_free();
	tick_every(0);
	for (int i = 0; i < JUMPS; i++)         /* after all of them: counted as ever */
		kept[i] = TRUTH_NEW(MAIN_BYTES);
	TRUTH_REQUIRE(kept[0] != kept[1]);
}

int main(int argc, char **argv)
{
	TRUTH_REQUIRE(argc == 2);
	warm(HANDLER_BYTES);
	warm(MAIN_BYTES);
	if (!strcmp(argv[1], "handler"))
		allocate_meanwhile();
	else if (!strcmp(argv[1], "altstack"))
		on_alternate_stack();
	else
		jump_out();
	truth_write();
	return 0;
}
