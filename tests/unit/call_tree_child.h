/*
 * call_tree_child: one step of call_tree_follow() for tests, which have a node and
 * not the hash of its path: that is reckoned anew, in time proportional to the
 * depth.
 */
#ifndef DAGMEM_TESTS_CALL_TREE_CHILD_H
#define DAGMEM_TESTS_CALL_TREE_CHILD_H

#include "profile/call_tree.h"

static inline node_id call_tree_child(struct call_tree *tree, node_id parent, uint64_t place,
				      int *folded)
{
	struct tree_step step = { .place = place };
	uint64_t hash = 0, factor = 1;

	for (node_id at = parent; at != NODE_ROOT; at = call_tree_node(tree, at)->parent) {
		hash += call_tree_node(tree, at)->place * PATH_HASH_PLACE * factor;
		factor *= PATH_HASH_FACTOR;
	}
	call_tree_expect(tree, hash, &step, &step + 1);
	call_tree_follow(tree, parent, &step, &step + 1, folded);
	return step.node;
}

#endif
