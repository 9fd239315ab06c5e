/*
 * live: a profile that grows, looked at again and again.
 *
 * For `dagmem live`.  Each look copies what changes (counters, totals) and what
 * is new (nodes, modules, names) from the profile, by pread alone: the program
 * does not notice.  Addresses are looked up once, when they appear.  What it
 * holds follows the distinct places and rows, not the time it is used.
 *
 *   live.c ─┬─ live_tree     nodes that are new, and the frames they stand for
 *           ├─ live_table    accounts -> sums by row, with histories
 *           ├─ live_rows     sums -> the rows that are asked for
 *           └─ live_threads  totals of the heap, and of each thread
 *
 * Not thread-safe.
 */
#ifndef DAGMEM_ANALYZER_LIVE_H
#define DAGMEM_ANALYZER_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/view.h"
#include "analyzer/view_leaks.h"
#include "base/arena.h"

struct error;
struct live;

enum { LIVE_HISTORY = 64 };     /* points of a row's history: all of it, thinned when full */

struct live_options {
	bool debuginfod;
	enum grouping by;       /* BY_LINE, BY_FUNCTION, BY_FILE or BY_MODULE */
	/* Told now and then while addresses are looked up; NULL = nobody. */
	void (*progress)(void *context, const char *what, size_t done, size_t total);
	void *context;
};

/* Of all threads together. */
struct live_totals {
	uint64_t live_bytes, live_blocks, mapped_bytes;
	uint64_t allocations, allocated_bytes;
	uint64_t peak_bytes, peak_bound_bytes;
	uint64_t rss_bytes;             /* VIEW_NOT_KNOWN: the program has ended, or is in another namespace */
	uint64_t threads;               /* that have a shard now */
	uint64_t sites;                 /* stacks that allocated */
	/* Per second, since the look before. */
	double live_rate, allocation_rate, allocated_rate;
};

struct live_thread {
	uint32_t shard, tid;            /* tid 0: it has ended */
	char name[16];
	int64_t net_bytes;              /* allocated less freed by it; may be negative */
	uint64_t allocations;
};

enum live_sort { LIVE_BY_OWN, LIVE_BY_TOTAL, LIVE_BY_ALLOCATIONS, LIVE_BY_GROWTH };

/* What is asked of the rows. All zero: all rows by the live bytes of their own. */
struct live_query {
	enum live_sort sort;
	const char *filter;             /* NULL or "": all; else part of a function, file, module or name */
	size_t limit;                   /* 0: all */
	bool growing;                   /* only rows that grow: leak suspects */
};

struct live_row {
	struct view_frame frame;
	const char *name;               /* by file and module: what it is; of nodes: their name */
	uint64_t own_bytes, own_blocks; /* live, allocated there */
	uint64_t total_bytes;           /* live, allocated there or by what it called */
	uint64_t allocations;
	double own_rate, allocation_rate;       /* per second, since the look before */
	const uint64_t *history;        /* of own_bytes, oldest first; until the next look */
	size_t history_count;
	struct view_trend growth;       /* in bytes per second; found for growing rows only */
};

struct live_rows {
	struct live_row *rows;
	size_t count;                   /* shown */
	size_t matched;                 /* that passed the filter */
};

/*
 * Open the profile at `path` and look once, at `now_ns` of the clock that
 * profiles have (clock_monotonic_ns()).  The errors of reader_read().  The
 * caller gives the result to live_free().
 */
int live_open(struct live **live, const char *path, const struct live_options *options,
	      uint64_t now_ns, struct error *err);
void live_free(struct live *live);

/* Look again.  After an error what was seen before stays. */
int live_look(struct live *live, uint64_t now_ns, struct error *err);

/* "running", "exited", ... as process_state(). */
const char *live_state(const struct live *live);
struct view_process live_process(const struct live *live);

/* Since the program's start: until its end, or until the last look. */
uint64_t live_age_ns(const struct live *live);

const struct live_totals *live_totals(const struct live *live);

/* Rows become those of another grouping, or of one thread alone; histories begin anew. */
int live_group_by(struct live *live, enum grouping by, struct error *err);
enum grouping live_grouping(const struct live *live);

enum { LIVE_ALL_THREADS = UINT32_MAX };
const struct live_thread *live_threads(const struct live *live, size_t *count);
void live_choose_shard(struct live *live, uint32_t shard);

/* The rows, in `arena`; their texts live as long as `live`.  -1: no memory. */
int live_rows(const struct live *live, const struct live_query *query, struct arena *arena,
	      struct live_rows *rows);

/* The same of the DAG's nodes, with what they allocated outside any as one more. */
int live_nodes(const struct live *live, const struct live_query *query, struct arena *arena,
	       struct live_rows *rows);

/* Of the histories: how long they reach back. */
uint64_t live_history_ns(const struct live *live);

/* The heap's own history, of `values` that hold LIVE_HISTORY; returns how many, oldest first. */
size_t live_heap_history(const struct live *live, uint64_t *values);

#endif
