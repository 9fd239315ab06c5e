/*
 * dagmem.h: what a program may say to the profiler that watches it.
 *
 * Header-only, C99 and C++11.  Nothing to link, nothing to initialise: when
 * libdagmem.so is not preloaded every call is a no-op of a few nanoseconds.
 * Works in PIE and non-PIE programs and in libraries.  (With a C library whose
 * dlsym() lives in libdl, before glibc 2.34, link with -ldl; without it the
 * calls are no-ops.)
 *
 * Every function is thread-safe, async-signal-unsafe, never sets errno, never
 * fails visibly and never changes what the program does.
 */
#ifndef DAGMEM_H
#define DAGMEM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DAGMEM_API_VERSION 1

/* Totals of the heap, in bytes and blocks, as requested by the program. */
struct dagmem_totals {
	uint64_t live_bytes;
	uint64_t live_blocks;
	uint64_t peak_bytes;            /* since the start or the last dagmem_reset_peak() */
	uint64_t allocations;           /* since the start */
	uint64_t allocated_bytes;       /* since the start */
};

/*
 * What libdagmem.so exports as `dagmem_api`: grows at the end only.  Not for
 * programs to use: they call the functions below.
 */
struct dagmem_api {
	uint32_t version;               /* DAGMEM_API_VERSION of the tracer */
	uint32_t bytes;                 /* sizeof(struct dagmem_api) of the tracer */
	void (*snapshot)(const char *label);
	void (*pause)(void);
	void (*resume)(void);
	void (*totals)(struct dagmem_totals *totals);
	void (*reset_peak)(void);
};

#ifdef __GNUC__
extern void *dlsym(void *__restrict, const char *__restrict) __attribute__((__weak__));

/* The tracer's table, or NULL: looked up once per translation unit. */
static inline const struct dagmem_api *dagmem_api_(void)
{
	static const struct dagmem_api *api;
	static int looked_up;

	if (!__atomic_load_n(&looked_up, __ATOMIC_ACQUIRE)) {
		const struct dagmem_api *found =
			dlsym ? (const struct dagmem_api *)dlsym((void *)0, "dagmem_api") : NULL;

		__atomic_store_n(&api, found, __ATOMIC_RELAXED);
		__atomic_store_n(&looked_up, 1, __ATOMIC_RELEASE);
	}
	return __atomic_load_n(&api, __ATOMIC_RELAXED);
}
#else
static inline const struct dagmem_api *dagmem_api_(void) { return NULL; }
#endif

/* 1 when the program runs under the tracer, else 0. */
static inline int dagmem_traced(void)
{
	return dagmem_api_() != NULL;
}

/*
 * Keep what every account holds at this moment under `label` (at most 63
 * bytes, cut if longer; the same label may be used again: the newest counts).
 * Reports take it as `--at LABEL`, diffs as `PROFILE@LABEL`.  Costs time and
 * file space in proportion to the distinct stacks that hold memory; other
 * threads go on meanwhile, so what they do during the copy may be in or out.
 */
static inline void dagmem_snapshot(const char *label)
{
	if (dagmem_api_())
		dagmem_api_()->snapshot(label);
}

/*
 * Stop charging new allocations, of all threads, until dagmem_resume().  Frees
 * of blocks charged before are still counted, so live figures stay true.
 * Calls nest: as many resumes as pauses.
 */
static inline void dagmem_pause(void)
{
	if (dagmem_api_())
		dagmem_api_()->pause();
}

static inline void dagmem_resume(void)
{
	if (dagmem_api_())
		dagmem_api_()->resume();
}

/* Fill `totals`; all zero when not traced.  As tracemalloc's get_traced_memory(). */
static inline void dagmem_get_totals(struct dagmem_totals *totals)
{
	static const struct dagmem_totals none = { 0, 0, 0, 0, 0 };

	*totals = none;
	if (dagmem_api_())
		dagmem_api_()->totals(totals);
}

/* Let the peak start anew from what is live now.  As tracemalloc's reset_peak(). */
static inline void dagmem_reset_peak(void)
{
	if (dagmem_api_())
		dagmem_api_()->reset_peak();
}

#ifdef __cplusplus
}
#endif

#endif
