/*
 * merge: the call tree with one node for each frame under its callers.
 *
 * call_frames has a node for each call site by address, and several frames at
 * a place where functions are inlined.  Reports draw frames: two calls on one
 * line of one function are one box.  tree.c calls it.
 */
#ifndef DAGMEM_ANALYZER_MERGE_H
#define DAGMEM_ANALYZER_MERGE_H

#include "analyzer/call_frames.h"
#include "analyzer/view.h"
#include "analyzer/view_report.h"

struct merged {
	struct view_tree_node *nodes;   /* `frame` is a symbol; [0] is the root */
	size_t count;
	uint32_t *of_node;              /* call_frames' node -> its innermost merged node */
};

/* -1: no memory.  Linear in the frames of all nodes. */
int merge_frames(const struct call_frames *frames, struct merged *merged);

/* Accepts what a failed merge_frames() left, and zeros. */
void merged_release(struct merged *merged);

#endif
