/* Blocks of threads that have ended, and of others that hold them on their stacks or in registers alone. */
#include "leak_cases/case.h"

#include <dagmem.h>

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

SITE void *definite__ended_thread(void)
{
	return here(calloc(1, 300));
}

SITE void lose_deep_down(void)
{
	void *volatile local[64];

	for (int i = 0; i < 64; i++)
		local[i] = NULL;
	local[32] = definite__ended_thread();
	FORGET(local);
}

/* Deeper than any frame that lives when a later thread has the same stack: the word stays there. */
static void *thread_that_ends(void *unused)
{
	volatile char room[65536];

	(void)unused;
	room[0] = room[sizeof room - 1] = 0;
	lose_deep_down();
	room[0] = 1;
	return NULL;
}

SITE void case_ended_thread(void)
{
	pthread_t thread;

	for (int i = 0; i < 4; i++) {
		pthread_create(&thread, NULL, thread_that_ends, NULL);
		pthread_join(thread, NULL);
	}
}

static int ready, done;

static void wait_until(const int *flag, int value)
{
	while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) < value)
		sched_yield();
}

SITE void *reachable_register__running(void)
{
	return here(calloc(1, 400));
}

SITE void *reachable_register__sleeping(void)
{
	return here(calloc(1, 401));
}

#ifdef __x86_64__
/* Until `done`, the pointer is nowhere but in r12: nor on the stack, since its xor is. */
static void *thread_that_runs(void *unused)
{
	uintptr_t mask = 0x5555555555555555, secret = (uintptr_t)reachable_register__running() ^ mask;

	(void)unused;
	scrub();
	__asm__ volatile("xorq %1, %0\n\t"
			 "movq %0, %%r12\n\t"
			 "xorq %1, %0\n\t"
			 "lock incl %2\n"
			 "1:\tpause\n\t"
			 "cmpl $0, %3\n\t"
			 "je 1b\n\t"
			 "xorl %%r12d, %%r12d"
			 : "+r"(secret) : "r"(mask), "m"(ready), "m"(done) : "r12", "memory", "cc");
	free((void *)(secret ^ mask));
	return NULL;
}

static const struct timespec long_time = { 0, 20 * 1000 * 1000 };

/* The same in nanosleep(), which is not to end early: it must not be noticed. */
static void *thread_that_sleeps(void *interrupted)
{
	uintptr_t mask = 0x5555555555555555, secret = (uintptr_t)reachable_register__sleeping() ^ mask;
	long result;

	scrub();
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		__asm__ volatile("movq %1, %%r12\n\t"
				 "xorq %2, %%r12\n\t"
				 "lock incl %3\n\t"
				 "movq %4, %%rdi\n\t"
				 "xorl %%esi, %%esi\n\t"
				 "movl $35, %%eax\n\t"
				 "syscall\n\t"
				 "xorl %%r12d, %%r12d"
				 : "=&a"(result)
				 : "r"(secret), "r"(mask), "m"(ready), "r"(&long_time)
				 : "rcx", "r11", "rdi", "rsi", "r12", "memory", "cc");
		if (result)
			++*(int *)interrupted;
	}
	free((void *)(secret ^ mask));
	return NULL;
}

static pthread_t running, sleeping;
static int interrupted;

/* Until the program ends: the case of registers at exit. */
SITE void case_running(void)
{
	ready = done = 0;
	pthread_create(&running, NULL, thread_that_runs, NULL);
	pthread_create(&sleeping, NULL, thread_that_sleeps, &interrupted);
	wait_until(&ready, 2);
	usleep(1000);
}

SITE void case_registers(void)
{
	case_running();
	scrub();
	dagmem_leak_check("middle");
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	pthread_join(running, NULL);
	pthread_join(sleeping, NULL);
	if (interrupted) {
		fprintf(stderr, "leak_cases: nanosleep was interrupted\n");
		_exit(99);
	}
}
#else
SITE void case_registers(void)
{
	dagmem_leak_check("middle");
	free(reachable_register__running());
	free(reachable_register__sleeping());
}

SITE void case_running(void)
{
}
#endif

enum { THREADS = 16 };

SITE void *reachable_stack__thread(void)
{
	return here(calloc(1, 500));
}

SITE void *definite__thread(void)
{
	return here(calloc(1, 501));
}

static void *thread_that_holds(void *unused)
{
	void *volatile held = reachable_stack__thread();
	void *volatile lost = definite__thread();

	(void)unused;
	lost = NULL;
	FORGET(lost);
	scrub();
	__atomic_fetch_add(&ready, 1, __ATOMIC_RELEASE);
	wait_until(&done, 1);
	free(held);
	return NULL;
}

SITE void case_threads(void)
{
	pthread_t thread[THREADS];

	ready = done = 0;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, thread_that_holds, NULL);
	wait_until(&ready, THREADS);
	scrub();
	dagmem_leak_check("middle");
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

const struct leak_case cases_threads[] = {
	{ "ended_thread", case_ended_thread, 0 }, { "registers", case_registers, 1 },
	{ "threads", case_threads, 1 }, { "running", case_running, 1 }, { NULL, NULL, 0 },
};
