/*
 * What the parts of tests/programs/leak_cases.c share: each part has the
 * blocks that are lost or held in one family of ways, and main() runs them by
 * name, on one thread or on many at a time.
 */
#ifndef LEAK_CASES_CASE_H
#define LEAK_CASES_CASE_H

#include <stdlib.h>
#include <string.h>

/* Each a function of its own, whatever is like another one. */
#ifdef __clang__
#define SITE __attribute__((noinline)) static
#else
#define SITE __attribute__((noinline, no_icf)) static
#endif
/* Written and not read: there all the same. */
#define KEPT static __attribute__((used))
#define FORGET(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

enum { RUNNERS_MAX = 16 };

/* Which of the threads that run the cases this one is: globals have an element for each. */
extern __thread int me;

struct leak_case {
	const char *name;
	void (*run)(void);
	int alone;                      /* on the main thread only, however many there are */
};

/* The parts, each ends with an entry without a name. */
extern const struct leak_case cases_lost[], cases_held[], cases_threads[], cases_middle[];

/* A symbol of libholder.so, which lies beside the program; *library: for dlclose(). */
void *of_holder(const char *symbol, void **library);

/* Keeps the call before it from becoming a jump: then its caller would be the site. */
static inline __attribute__((always_inline)) void *here(void *block)
{
	__asm__ volatile("" : "+r"(block));
	return block;
}

/* Overwrite what earlier calls left below here on the stack. */
__attribute__((noinline, unused)) static void scrub(void)
{
	volatile char old[16384];

	memset((char *)old, 0, sizeof old);
	__asm__ volatile("" : : "r"(old) : "memory");
}

struct node { struct node *next, *previous; char *payload; };

#endif
