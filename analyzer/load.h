/*
 * load: a store's rows as arrays, for those who ask questions.
 *
 * What every question needs is loaded once; samples, snapshots' rows and size
 * classes when they are asked for.  Equal texts of symbols have equal
 * addresses.  Ranges are checked: a store is a file that others can write.
 * dataset calls it; the verbs read what it gives.
 */
#ifndef DAGMEM_ANALYZER_LOAD_H
#define DAGMEM_ANALYZER_LOAD_H

#include "analyzer/call_frames.h"
#include "analyzer/store.h"
#include "analyzer/view.h"
#include "base/arena.h"

struct account_row {            /* as in schema.sql */
	uint32_t id, node, dag_node, kind;
	uint64_t allocations, allocated_bytes, frees, freed_bytes;
	uint64_t live_bytes, live_blocks, slack_bytes, peak_bytes, peak_blocks, temporaries;
	uint64_t last_allocation_ns, last_free_ns;      /* UINT64_MAX: not known, or none */
};

struct dag_node_row { uint32_t id; const char *name; };

struct snapshot_head {
	uint32_t id;
	const char *label;
	bool automatic;
	uint64_t time_ns;
};

struct module_row {
	const char *path;
	const char *symbols;    /* as in schema.sql; may be NULL */
};

struct loaded {
	struct view_process process;
	uint64_t profile_bytes, run_id, peak_bytes, peak_bound_bytes, peak_time_ns;
	uint64_t threads, shards, tracer_bytes, tick_width_ns;
	/* Of the process at its end; UINT64_MAX: not known. */
	uint64_t allocator_free_bytes, end_rss_bytes, tracer_rss_bytes, mapped_rss_bytes;
	const char *allocator, *tracer_version;
	uint32_t format_version;
	struct view_quality quality;
	struct call_frames frames;
	struct account_row *accounts;   /* by id */
	size_t account_count;
	struct dag_node_row *dag_nodes; /* by id; those that have a name */
	size_t dag_node_count;
	struct snapshot_head *snapshots;/* by id */
	size_t snapshot_count;
	struct module_row *modules;
	size_t module_count;
};

/* The call tree alone: load_frames.c. */
int load_frames(struct store *store, struct arena *arena, struct call_frames *frames,
		struct error *err);

/* A DAG node's name, NULL when it has none: binary search. */
const char *load_dag_node_name(const struct loaded *loaded, uint32_t id);

/* The account of that id, NULL when there is none: binary search. */
const struct account_row *load_account(const struct loaded *loaded, uint64_t id);

/* Everything in `loaded` lives in `arena`. */
int load_profile(struct store *store, struct arena *arena, struct loaded *loaded,
		 struct error *err);

/*
 * The accounts as they were at snapshot `id`, by id, in `arena`; frees and
 * peaks are 0.  Node, kind and DAG node come from `loaded`.
 */
int load_snapshot(struct store *store, const struct loaded *loaded, uint32_t id,
		  struct arena *arena, struct account_row **rows, size_t *count,
		  struct error *err);

struct sample_row { uint64_t time_ns, value[3]; };

/* Live bytes, mapped bytes, allocations; by time. */
int load_heap_samples(struct store *store, struct arena *arena, struct sample_row **rows,
		      size_t *count, struct error *err);

/* RSS, anonymous bytes; by time. */
int load_rss_samples(struct store *store, struct arena *arena, struct sample_row **rows,
		     size_t *count, struct error *err);

/* `counts` has 256 elements. */
int load_size_classes(struct store *store, uint64_t *counts, struct error *err);

#endif
