/*
 * stacks: a profile's whole call tree with all that was charged to it, for
 * those who convert it: exports.
 *
 * Nothing is summed up or ranked here: the view has one entry per account, so
 * that any sum over them is exact, and every metric at once.
 */
#ifndef DAGMEM_ANALYZER_STACKS_H
#define DAGMEM_ANALYZER_STACKS_H

#include <stdbool.h>

#include "analyzer/query.h"
#include "analyzer/view.h"
#include "analyzer/view_stacks.h"

struct dataset;
struct error;

/*
 * Fill `view` with what `options` leave in (at, metric, include, exclude,
 * all_frames, leaf, skip, node); with `snapshots` also what each stack had at
 * every snapshot.  Sums over the view are rank_top()'s totals for the same
 * options.  ERROR_NOT_FOUND, ERROR_USAGE as query_run().  Linear in nodes and in
 * accounts times snapshots.  The caller gives `view` to
 * view_stacks_free(); untouched on failure.
 */
int stacks_read(struct dataset *data, const struct query_options *options, bool snapshots,
		struct view_stacks *view, struct error *err);

#endif
