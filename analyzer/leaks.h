/*
 * leaks: what a leak check found, for people.
 *
 * Rows are made of (site, DAG node, verdict, holder), or of nodes or modules;
 * suppressed ones are told apart; growth and age come from snapshots.  A
 * profile without check has rows that are not judged: what is live, by site.
 *
 *   load_leaks ─> leaks ─┬─ leak_words    what holds it, what was not captured
 *                        ├─ leak_history  growth, first and last allocation, staleness
 *                        └─ suppress      whom nobody wants to hear of
 */
#ifndef DAGMEM_ANALYZER_LEAKS_H
#define DAGMEM_ANALYZER_LEAKS_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/view.h"
#include "analyzer/view_leaks.h"

struct dataset;
struct error;

struct leaks_options {
	unsigned show;                  /* bits 1 << enum leak_verdict; 0: definite and possible */
	enum leak_grouping by;
	const char *at;                 /* label of a check; NULL: the newest that was finished */
	const char *node;               /* only what DAG nodes of this name allocated; NULL: all */
	size_t limit;                   /* rows; 0 = all */
	bool growth;                    /* only what grows or has grown, whatever its verdict, the fastest first */
	bool paths;                     /* from the root, or of the cycle */
	bool retained;                  /* by the heap graph, which must be there */
	bool retained_if_known;         /* the same, but nothing is said without a sound one */
	bool heap_graph;                /* put the heap graph into the store */
	bool debuginfod;                /* as the dataset was opened: for who its roots are */
	bool show_suppressed;
	bool no_builtin;                /* without the built-in suppressions */
	const char *const *files;       /* of suppressions */
	size_t file_count;
	const char *today;              /* "YYYY-MM-DD": have suppressions expired? */
};

/*
 * Fill `view`; the caller gives it to view_leaks_free(); untouched on failure.
 * ERROR_NOT_FOUND: no check of that label; the errors of suppressions_read().
 */
int leaks_find(struct dataset *data, const struct leaks_options *options, struct view_leaks *view,
	       struct error *err);

#endif
