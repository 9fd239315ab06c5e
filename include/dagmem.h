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
	uint32_t (*run_begin)(const char *name, uint64_t iteration);
	void (*run_end)(uint32_t run, int status);
	void (*output_requested)(uint32_t node);
	void (*result_produced)(uint32_t node, const void *data, size_t bytes);
	void (*result_released)(uint32_t node, const void *data);
	void (*pool_created)(const void *pool, const char *name);
	void (*pool_allocated)(const void *pool, const void *block, size_t bytes);
	void (*pool_freed)(const void *pool, const void *block);
	void (*pool_destroyed)(const void *pool);
	void (*leak_check)(const char *label);
};

/*
 * Whether `api` has `function`: tracers older than this header have a shorter
 * table.
 */
#define DAGMEM_HAS_(api, function) \
	((api) && (api)->bytes > offsetof(struct dagmem_api, function) && (api)->function)

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

/*
 * Look for leaks now: which live blocks nothing points to any more, and what
 * holds the others.  The program stands still while it is forked (3 ms for each
 * 100 MiB, and some microseconds a thread) and goes on while the child looks;
 * the next check waits for it, as does the end of the program.  `dagmem leaks`
 * shows it under `label` (at most 63 bytes, cut if longer).  Blocks that only
 * this thread's unfinished calls hold count as reachable.
 */
static inline void dagmem_leak_check(const char *label)
{
	const struct dagmem_api *api = dagmem_api_();

	if (DAGMEM_HAS_(api, leak_check))
		api->leak_check(label);
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
 * and stays charged to it whichever thread frees it, and when.  A node's result
 * is followed from when it is produced to when it is freed, and compared with
 * when its consumers ran.
 *
 *	uint32_t run = dagmem_run_begin("daily", 0);
 *	uint32_t load = dagmem_node_declare("load", NULL, 0);
 *	uint32_t join = dagmem_node_declare("join", &load, 1);
 *
 *	dagmem_output_requested(join);
 *	dagmem_node_begin(load);
 *	table = ...
 *	dagmem_result_produced(load, table, 0);
 *	dagmem_node_end(load, 0);
 *	...
 *	dagmem_result_released(load, table);
 *	free(table);
 *	dagmem_run_end(run, 0);
 *
 * Calls that make no sense (an end without begin, an id that was never
 * declared, more than 64 nodes inside each other, a result released that was
 * never produced) change nothing but a count, which reports show with the name
 * of the node.
 */

/*
 * A run of a DAG begins; `iteration` counts the runs of a program that has many
 * (a service, a training loop), from wherever it likes.  Optional, but what
 * several runs of one graph do is compared only when each is told: reports
 * judge what a node holds from run to run.  `name` may be NULL.  Returns a
 * number for dagmem_run_end(), 0 when not traced.
 *
 * Runs may nest and overlap, on any threads; what begins meanwhile belongs to
 * the newest that has not ended.
 */
static inline uint32_t dagmem_run_begin(const char *name, uint64_t iteration)
{
	const struct dagmem_api *api = dagmem_api_();

	return DAGMEM_HAS_(api, run_begin) ? api->run_begin(name, iteration) : 0;
}

/*
 * The run has ended: what it was to release has been released.  `status`: 0
 * when it did what it should.  Keeps what each node holds at this moment, as a
 * snapshot labelled "run ITERATION", for 32 to 64 of the runs however many
 * there are: that run takes time in proportion to the distinct stacks that hold
 * memory, the others do not.
 */
static inline void dagmem_run_end(uint32_t run, int status)
{
	const struct dagmem_api *api = dagmem_api_();

	if (DAGMEM_HAS_(api, run_end))
		api->run_end(run, status);
}

/*
 * Announce a node that needs the results of `count` nodes declared before it;
 * `dependencies` may be NULL when there are none.  Returns its id, 0 when not
 * traced.  Names are cut at 1023 bytes.
 *
 * Within one run the same name again is another node, with an id of its own;
 * reports put nodes of one name together.  In a later run (after another
 * dagmem_run_begin()) the same name with the same dependencies is the node of
 * the earlier run, with its id: a program that declares its graph anew for each
 * run has as many nodes as one that declares it once.  So has one whose graph
 * is declared twice in a run: the first of each pair is the first again, the
 * second the second.
 *
 * Where nodes without end are declared, those past 262,144 are taken for the
 * newest node of the same name, whatever they depend on, and counted as folded.
 */
static inline uint32_t dagmem_node_declare(const char *name, const uint32_t *dependencies,
					   size_t count)
{
	const struct dagmem_api *api = dagmem_api_();

	return DAGMEM_HAS_(api, node_declare) ? api->node_declare(name, dependencies, count) : 0;
}

/*
 * The node's result is what the run is for: it is kept to the end, and that it
 * is held when nobody reads it any more is no waste.  Any time after its
 * declaration; holds for all runs.
 */
static inline void dagmem_output_requested(uint32_t node)
{
	const struct dagmem_api *api = dagmem_api_();

	if (DAGMEM_HAS_(api, output_requested))
		api->output_requested(node);
}

/*
 * The calling thread runs `node` until dagmem_node_end().  Nodes nest: what is
 * allocated in the inner one is not the outer one's.  Any number of threads
 * may be in one node; a thread that ends is in none.
 */
static inline void dagmem_node_begin(uint32_t node)
{
	const struct dagmem_api *api = dagmem_api_();

	if (DAGMEM_HAS_(api, node_begin))
		api->node_begin(node);
}

/*
 * The thread goes back to what it ran before `node`; nodes begun inside it and
 * not ended are ended with it, and counted as misuse.  `status`: 0 when the
 * node did what it should, anything else when it failed.
 */
static inline void dagmem_node_end(uint32_t node, int status)
{
	const struct dagmem_api *api = dagmem_api_();

	if (DAGMEM_HAS_(api, node_end))
		api->node_end(node, status);
}

/* The node that the calling thread runs, to be handed to a helper thread; 0: none. */
static inline uint32_t dagmem_context_get(void)
{
	const struct dagmem_api *api = dagmem_api_();

	return DAGMEM_HAS_(api, context_get) ? api->context_get() : 0;
}

/*
 * The calling thread runs `node` (0: none) from now on, without begin or end:
 * for helpers, who set what they were handed and afterwards what this returned,
 * the node before.
 */
static inline uint32_t dagmem_context_set(uint32_t node)
{
	const struct dagmem_api *api = dagmem_api_();

	return DAGMEM_HAS_(api, context_set) ? api->context_set(node) : 0;
}

/*
 * `data` is (a part of) the result of `node`.  `bytes`: how much it stands for,
 * 0 = the size of the block that starts there, or what the pool holds that
 * `data` names.  Usually called in the node, before its end, by the thread that
 * runs it; a call from elsewhere belongs to the node's newest execution.
 *
 * A result of several blocks (a table and its columns) is announced block by
 * block: what one execution of a node produces is one result, which has ended
 * when the last part is freed.
 *
 * The free of a block is seen by itself.  What is no block of the heap (a file,
 * a mapping, memory of a device, the middle of a block) and no pool ends when
 * it is released.  A block that already is another node's result goes over to
 * this node: the other's ends here (results made in place).  The same again in
 * one execution is misuse.
 */
static inline void dagmem_result_produced(uint32_t node, const void *data, size_t bytes)
{
	const struct dagmem_api *api = dagmem_api_();

	if (DAGMEM_HAS_(api, result_produced))
		api->result_produced(node, data, bytes);
}

/*
 * Nobody will read `data`, a result of `node`, any more; NULL: nor any other
 * that the node has produced and not released.  Optional: that it is freed will
 * do.  The time between the two, and between the last consumer's end and this,
 * are findings.  To release what was never produced is misuse.
 */
static inline void dagmem_result_released(uint32_t node, const void *data)
{
	const struct dagmem_api *api = dagmem_api_();

	if (DAGMEM_HAS_(api, result_released))
		api->result_released(node, data);
}

/*
 * Pools: memory that the program hands out by itself, from blocks that it gets
 * by malloc or mmap.  `pool` is any address that names it, of the pool's struct
 * for instance.  What is allocated in it is charged to the caller's stack and
 * node, apart from the heap (reports: --metric pool), and is never counted
 * twice: the heap has the pool's own blocks.  All may be called by any thread,
 * for one block by one thread at a time.  Each costs half a microsecond or so.
 */
static inline void dagmem_pool_created(const void *pool, const char *name)
{
	const struct dagmem_api *api = dagmem_api_();

	if (DAGMEM_HAS_(api, pool_created))
		api->pool_created(pool, name);
}

/* `block`, of `bytes` bytes, was handed out. */
static inline void dagmem_pool_allocated(const void *pool, const void *block, size_t bytes)
{
	const struct dagmem_api *api = dagmem_api_();

	if (DAGMEM_HAS_(api, pool_allocated))
		api->pool_allocated(pool, block, bytes);
}

/* `block` was given back. */
static inline void dagmem_pool_freed(const void *pool, const void *block)
{
	const struct dagmem_api *api = dagmem_api_();

	if (DAGMEM_HAS_(api, pool_freed))
		api->pool_freed(pool, block);
}

/* The pool and all that is left in it are gone; so is a result that it is. */
static inline void dagmem_pool_destroyed(const void *pool)
{
	const struct dagmem_api *api = dagmem_api_();

	if (DAGMEM_HAS_(api, pool_destroyed))
		api->pool_destroyed(pool);
}

#ifdef __cplusplus
}
#endif

#endif
