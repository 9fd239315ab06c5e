/*
 * call_tree_child: call_tree_step() for tests, which have a node and not the
 * hash of its path: that is reckoned anew, in time proportional to the depth.
 */
#ifndef DAGMEM_TESTS_CALL_TREE_CHILD_H
#define DAGMEM_TESTS_CALL_TREE_CHILD_H

#include "profile/call_tree.h"

static inline node_id call_tree_child(struct call_tree *tree, node_id parent, uint64_t place,
				      int *folded)
{
	uint64_t hash = place * PATH_HASH_PLACE, factor = PATH_HASH_FACTOR;

	for (node_id at = parent; at != NODE_ROOT; at = call_tree_node(tree, at)->parent) {
		hash += call_tree_node(tree, at)->place * PATH_HASH_PLACE * factor;
		factor *= PATH_HASH_FACTOR;
	}
	return call_tree_step(tree, parent, place, hash, folded);
}

#endif
