/*
 * query: what the verbs ask of a profile.
 *
 * The options that top, diff and the exports share, and the sums they lead to:
 * one row per group, filtered, unordered.  rank and diff turn rows into views.
 */
#ifndef DAGMEM_ANALYZER_QUERY_H
#define DAGMEM_ANALYZER_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/view.h"

struct dataset;
struct error;
struct groups;
struct loaded;

/*
 * A pattern is a glob (fnmatch, `*` also matches `/`) that is tried on a
 * frame's file (full path and last component), function and module (ditto);
 * `file:GLOB`, `function:GLOB` or `module:GLOB` try one of them only.
 */
struct patterns {
	const char *const *globs;
	size_t count;
};

/* All zero is: live bytes at the end by line, every row, no filter. */
struct query_options {
	enum metric metric;
	enum grouping by;
	const char *at;         /* NULL, "exit", "now": the end; "peak"; else a snapshot's label */
	size_t limit;           /* rows to show; 0 = all */
	struct patterns include;        /* none = everything */
	struct patterns exclude;
	bool all_frames;        /* patterns match any frame of the stack, not only the row's own */
	bool leaf;              /* rows are innermost frames, be they in malloc wrappers or not */
	struct patterns skip;   /* functions that are allocation wrappers, beside attribute.h's */
	bool short_paths;       /* diff: files and modules of builds in other folders are the same */
	const char *node;       /* only what DAG nodes of this name allocated; NULL: all */
};

/* One group. */
struct query_row {
	uint32_t group;         /* number of group.h: what rows of two datasets are matched by */
	uint32_t frame;         /* the owning frame: a symbol of the dataset */
	uint32_t stack;         /* BY_STACK: its innermost node */
	uint32_t dag_node;      /* BY_NODE */
	uint64_t bytes, count, usable_bytes;    /* as in view_row */
};

struct query_result {
	struct query_row *rows; /* groups of zero bytes and blocks are left out */
	size_t count;
	struct view_total total;
	const char *at;         /* as view_top's; lives as long as the dataset */
};

/*
 * Sum `data` up by `options` into `result`, whose rows live in `arena`;
 * `groups` may have been used before, for another dataset.  ERROR_NOT_FOUND:
 * no snapshot of that label, no node of that name.  ERROR_USAGE: the metric is not known at that
 * moment.  Linear in nodes and accounts.
 */
int query_run(struct dataset *data, const struct query_options *options, struct groups *groups,
	      struct arena *arena, struct query_result *result, struct error *err);

/* The option `node`: does it name one (else ERROR_NOT_FOUND), is DAG node `id` of that name? */
int query_check_node(const struct query_options *options, const struct loaded *loaded,
		     struct error *err);
bool query_wants_node(const struct query_options *options, const struct loaded *loaded, uint32_t id);

#endif
