/*
 * frame_tree: the stacks of a view, put together by frames for a picture.
 *
 *          root                    sum: all
 *         /    \
 *      main    start_thread        sum: its own and its callees'
 *      /  \
 *   load   parse                   self: charged to that frame itself
 *
 * A function under the same callers is one node, wherever it was called from
 * in them; inlined functions are nodes under the functions they are in.
 * Flame graphs, folded stacks, speedscope and massif's trees are made of it.
 */
#ifndef DAGMEM_REPORTS_FRAME_TREE_H
#define DAGMEM_REPORTS_FRAME_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/view.h"
#include "analyzer/view_stacks.h"
#include "base/arena.h"

struct error;

struct frame_tree_options {
	enum metric metric;
	bool inverted;          /* what allocated first, its callers below */
	bool by_node;           /* the DAG node is the outermost frame */
	bool lines;             /* frames differ by file and line, and say so */
	double prune;           /* parts below this share of the whole are put into one; 0 = none */
};

struct frame_tree_node {
	uint32_t parent;        /* less than the node's own index, but for the root's */
	uint32_t label;         /* labels[label]; the root's means nothing */
	uint32_t frame;         /* of the view: one that has this label; or FRAME_TREE_NO_FRAME */
	uint32_t depth;         /* root: 0 */
	uint32_t first_child, next;     /* largest sum first; 0: none */
	uint32_t child_count;
	uint32_t pruned;        /* parts that were too small, put into this one; else 0 */
	uint64_t self, sum;
};

enum { FRAME_TREE_NO_FRAME = UINT32_MAX };

struct frame_tree {
	struct arena arena;
	struct frame_tree_node *nodes;  /* [0] is the root */
	size_t node_count;
	const char **labels;    /* distinct */
	size_t label_count;
	uint32_t depth;         /* largest of any node */
};

/* Weights of the view's stacks, or those of one snapshot's rows. */
int frame_tree_make(struct frame_tree *tree, const struct view_stacks *view,
		    const struct view_snapshot *snapshot, const struct frame_tree_options *options,
		    struct error *err);
void frame_tree_release(struct frame_tree *tree);

/* The node after `node` in the order of drawing: callees, then what is beside; 0 at the end. */
uint32_t frame_tree_next(const struct frame_tree *tree, uint32_t node);

#endif
