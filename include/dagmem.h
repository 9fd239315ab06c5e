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
	uint32_t (*node_declare)(const char *name, const uint32_t *dependencies, size_t count);
	void (*node_begin)(uint32_t node);
	void (*node_end)(uint32_t node, int status);
	uint32_t (*context_get)(void);
	uint32_t (*context_set)(uint32_t node);
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

/*
 * Nodes of a DAG.  What a thread allocates between dagmem_node_begin() and
 * dagmem_node_end() is charged to the node (reports: --by node, --node NAME),
 * and stays charged to it whichever thread frees it, and when.
 *
 *	uint32_t load = dagmem_node_declare("load", NULL, 0);
 *	uint32_t join = dagmem_node_declare("join", &load, 1);
 *
 *	dagmem_node_begin(load);
 *	...
 *	dagmem_node_end(load, 0);
 *
 * Calls that make no sense (an end without begin, an id that was never
 * declared, more than 64 nodes inside each other) change nothing but a count
 * that reports show.
 */

/* The nodes' part of the table, or NULL: a tracer older than this header has none. */
static inline const struct dagmem_api *dagmem_nodes_(void)
{
	const struct dagmem_api *api = dagmem_api_();

	return api && api->bytes >= sizeof *api ? api : NULL;
}

/*
 * Announce a node that needs the results of `count` nodes declared before it;
 * `dependencies` may be NULL when there are none.  Returns its id, 0 when not
 * traced.  The same name again is another node, with an id of its own; reports
 * put nodes of one name together.  Names are cut at 1023 bytes.
 */
static inline uint32_t dagmem_node_declare(const char *name, const uint32_t *dependencies,
					   size_t count)
{
	return dagmem_nodes_() ? dagmem_nodes_()->node_declare(name, dependencies, count) : 0;
}

/*
 * The calling thread runs `node` until dagmem_node_end().  Nodes nest: what is
 * allocated in the inner one is not the outer one's.  Any number of threads
 * may be in one node; a thread that ends is in none.
 */
static inline void dagmem_node_begin(uint32_t node)
{
	if (dagmem_nodes_())
		dagmem_nodes_()->node_begin(node);
}

/*
 * The thread goes back to what it ran before `node`; nodes begun inside it and
 * not ended are ended with it, and counted as misuse.  `status`: 0 when the
 * node did what it should (profiles of this version don't keep it).
 */
static inline void dagmem_node_end(uint32_t node, int status)
{
	if (dagmem_nodes_())
		dagmem_nodes_()->node_end(node, status);
}

/* The node that the calling thread runs, to be handed to a helper thread; 0: none. */
static inline uint32_t dagmem_context_get(void)
{
	return dagmem_nodes_() ? dagmem_nodes_()->context_get() : 0;
}

/*
 * The calling thread runs `node` (0: none) from now on, without begin or end:
 * for helpers, who set what they were handed and afterwards what this returned,
 * the node before.
 */
static inline uint32_t dagmem_context_set(uint32_t node)
{
	return dagmem_nodes_() ? dagmem_nodes_()->context_set(node) : 0;
}

#ifdef __cplusplus
}
#endif

#endif
