/*
 * micro: what the micro programs share.  They do a known number of
 * allocations and frees with a known shape of stacks, and print nothing: the
 * harness measures them from outside.  "Pairs" are an allocation and its free.
 */
#ifndef BENCH_MICRO_H
#define BENCH_MICRO_H

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 64 };

/* A frame of its own, whatever the optimiser thinks of it. */
#ifdef __clang__
#define FRAME __attribute__((noinline))
#else
#define FRAME __attribute__((noinline, noclone))
#endif
/* Behind a call, so that it is no tail call. */
#define KEEP_FRAME() __asm__ volatile("" ::: "memory")
/* A call that the compiler doesn't merge with an equal one of another name. */
#define CALL_SITE(name, call) do { \
		__asm__ volatile("# before " name ::: "memory"); \
		call; \
		__asm__ volatile("# after " name ::: "memory"); \
	} while (0)

/* Argument `index` as a number, at least 1; complains with `usage` and ends without one. */
static inline unsigned long argument(char **argv, int index, const char *usage)
{
	unsigned long value = 0;

	for (int i = 1; i <= index && argv[i]; i++)
		value = i == index ? strtoul(argv[i], NULL, 10) : 0;
	if (value == 0) {
		fprintf(stderr, "usage: %s\n", usage);
		exit(2);
	}
	return value;
}

/* Numbers that are the same in each run; `state` is any seed at first. */
static inline unsigned draw(uint64_t *state, unsigned below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33) % below;
}

/* Run `work` in `threads` threads, this one included, each with its number. */
static inline void run_threads(unsigned threads, void *(*work)(void *))
{
	pthread_t thread[THREADS_MAX];

	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	for (uintptr_t i = 1; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, (void *)i) != 0)
			abort();
	work((void *)0);
	for (unsigned i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
}

#endif
