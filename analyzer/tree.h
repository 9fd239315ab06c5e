/*
 * tree: the call tree with all that was charged to it, small enough to draw.
 *
 * Sums over the charges of a tree are those of `top`, by whatever rows: what
 * is folded moves to its caller but keeps its owner.  overview calls it.
 */
#ifndef DAGMEM_ANALYZER_TREE_H
#define DAGMEM_ANALYZER_TREE_H

#include <stdbool.h>

#include "analyzer/fill.h"
#include "analyzer/view.h"
#include "analyzer/view_report.h"

struct dataset;
struct error;

struct tree_options {
	double fold_share;      /* fold.h; 0 = nothing */
	bool source;            /* with the text of the lines that own charges */
};

/*
 * Fill `tree` and the `*count` moments of `data` in the arena of `fill`.
 * ERROR_NO_MEMORY, or what reading the store gave.
 */
int tree_read(struct dataset *data, struct fill *fill, const struct tree_options *options,
	      struct view_tree *tree, struct view_moment **moments, size_t *count,
	      struct error *err);

#endif
