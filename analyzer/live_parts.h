/*
 * live_parts: live's own parts, one file each; nobody else's.
 */
#ifndef DAGMEM_ANALYZER_LIVE_PARTS_H
#define DAGMEM_ANALYZER_LIVE_PARTS_H

#include "analyzer/attribute.h"
#include "analyzer/group.h"
#include "analyzer/live.h"
#include "analyzer/reader_parts.h"
#include "analyzer/resolve.h"

/* --- live_tree -------------------------------------------------------------- */

/* The call tree so far. */
struct live_tree {
	struct reader_node *nodes;
	struct reader_merge merge;
	uint32_t count;         /* ids that the profile has handed out */
	uint32_t settled;       /* below: written, or given up */
	uint32_t capacity;
	struct resolver *resolver;      /* has the nodes below `settled` */
	struct attribution attribution; /* ditto */
};

int live_tree_init(struct live_tree *tree, const struct live_options *options, struct arena *arena,
		   struct error *err);
void live_tree_release(struct live_tree *tree);

/* Read the nodes that are new, and let `data` have all. */
int live_tree_read(struct live_tree *tree, struct page_index *index, struct profile_data *data,
		   struct error *err);

/* Find the frames and owners of what is settled; `data` has the modules. */
int live_tree_resolve(struct live_tree *tree, struct profile_data *data, struct error *err);

const struct call_frames *live_tree_frames(const struct live_tree *tree);

/* --- live_table ------------------------------------------------------------- */

/* What a row is made of: of a grouping, or of a DAG node. */
struct live_sum {
	uint32_t symbol;        /* the first that belongs to it; of nodes: the node's id */
	uint64_t own_bytes, own_blocks, total_bytes, allocations;
	uint64_t before_bytes, before_allocations;      /* at the look before */
	uint64_t *history;      /* LIVE_HISTORY, as `clock` has times; NULL while it held nothing */
};

struct live_sums {
	struct live_sum *items;
	size_t count, capacity;
};

/* A node and the group of one of its frames, where no caller is of that group. */
struct live_outermost { uint32_t node, group; };

/* The times of all histories. */
struct live_clock {
	uint64_t time_ns[LIVE_HISTORY];
	size_t count;
	uint64_t looks;
	uint64_t stride;        /* looks to a point */
};

struct live_table {
	enum grouping by;
	struct groups groups;
	uint32_t *group_of;     /* by symbol */
	size_t symbol_count, node_count;        /* that are in the tables */
	struct live_outermost *outermost;
	size_t outermost_count, outermost_capacity;
	struct live_sums rows, nodes;
	struct live_clock clock;
	uint64_t now_ns, before_ns;
};

void live_table_init(struct live_table *table, enum grouping by);
void live_table_release(struct live_table *table);

/* Sum up the accounts of `data` as they are at `now_ns`. */
int live_table_update(struct live_table *table, const struct live_tree *tree,
		      const struct profile_data *data, uint64_t now_ns, struct arena *scratch,
		      struct error *err);

/* --- live_threads ----------------------------------------------------------- */

struct live_threads {
	struct live_thread items[SHARDS_MAX];
	size_t count;
};

/* Totals from the shards' pages: all but peaks, rates, RSS and sites. */
void live_threads_read(struct page_index *index, struct live_threads *threads,
		       struct live_totals *totals);

/* --- live ------------------------------------------------------------------- */

struct live {
	struct arena arena;     /* texts, frames */
	struct arena journal_arena;     /* what `data` has of the journal */
	struct arena look_arena;        /* what it has of this look */
	struct page_index index;
	const char *path;
	struct profile_data data;
	struct live_tree tree;
	struct live_table table;
	struct live_threads threads;
	uint32_t shard;         /* rows are of this one, or LIVE_ALL_THREADS */
	const char **node_names;        /* by DAG node id, in `arena` */
	size_t node_name_count;
	struct live_totals totals, before;
	uint64_t now_ns, before_ns;
};

const char *live_node_name(const struct live *live, uint32_t dag_node);

#endif
