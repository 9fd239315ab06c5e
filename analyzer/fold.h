/*
 * fold: which parts of a merged call tree are too small to be shown.
 *
 * A node is folded into its caller when it and all it called hold less than a
 * share of the whole by every measure and at every moment: nobody could see
 * it in any view.  What it allocated is then its caller's.  tree.c calls it.
 */
#ifndef DAGMEM_ANALYZER_FOLD_H
#define DAGMEM_ANALYZER_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/view.h"
#include "analyzer/view_report.h"

struct fold {
	const struct view_tree_node *nodes;
	size_t count;
	double share;           /* of the whole, 0..1; 0 folds nothing */
	double *sums;           /* scratch, by node */
	bool *kept;             /* by node */
};

/* -1: no memory.  `nodes` must outlive it. */
int fold_init(struct fold *fold, const struct view_tree_node *nodes, size_t count, double share);
void fold_release(struct fold *fold);

/* One measure at one moment: begin, add what each node itself has, judge. */
void fold_begin(struct fold *fold);
void fold_add(struct fold *fold, uint32_t node, uint64_t value);
void fold_judge(struct fold *fold);

/*
 * Fill shown[node] with the new number of the node or of its nearest kept
 * caller, and `kept_nodes`, which has room for `count`, with the tree that is
 * left.  Returns its size.
 */
size_t fold_apply(const struct fold *fold, uint32_t *shown, struct view_tree_node *kept_nodes);

#endif
