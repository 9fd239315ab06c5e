/*
 * dominators: what keeps what alive, in a graph of memory blocks.
 *
 * Block d dominates b when every way from the roots to b goes through d: were
 * d freed, b would be lost.  The nearest such d is b's immediate dominator;
 * what a block retains is itself and all that it dominates.  By the algorithm
 * Semi-NCA (Georgiadis, Tarjan and Werneck, "Finding dominators in practice",
 * 2006), without recursion: chains of millions of blocks are usual.
 *
 * Nodes need not be blocks: whoever wants to know what a global retains gives
 * it a node of its own.  heap_graph calls it.
 */
#ifndef DAGMEM_ANALYZER_DOMINATORS_H
#define DAGMEM_ANALYZER_DOMINATORS_H

#include <stddef.h>
#include <stdint.h>

/* Node n points to target[first[n]] ... target[first[n + 1] - 1]. */
struct pointer_graph {
	uint32_t nodes;
	const uint32_t *first;          /* nodes + 1, rising */
	const uint32_t *target;         /* below `nodes` */
	const uint32_t *roots;          /* reachable from outside; below `nodes`, may repeat */
	size_t root_count;
};

enum {
	DOMINATOR_ROOTS = UINT32_MAX,           /* only the roots together, no single node */
	DOMINATOR_UNREACHED = UINT32_MAX - 1,   /* no root leads there */
	DOMINATOR_NODES_MAX = UINT32_MAX - 2,
};

/*
 * Set dominator[n] of every node and, unless both are NULL, retained[n] from
 * the nodes' own bytes[n] (unreached nodes: their own alone).  -1: no memory.
 * Nearly linear; some 40 bytes a node and 24 an edge beside the graph.
 */
int dominators_find(const struct pointer_graph *graph, const uint64_t *bytes, uint32_t *dominator,
		    uint64_t *retained);

#endif
