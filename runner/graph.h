/*
 * graph: a DAG of nodes with sizes, as plain arrays.
 *
 * Immutable once built (graph_build.h): acyclic, names unique, every
 * dependency a node, no edge twice, all sizes together below 2^63 bytes, at
 * least one node requested.  Node numbers are positions in the file.  Orders,
 * plans, policies, the bound and the simulation read the arrays directly.
 * Any number of threads may read a graph.
 *
 *     deps of v:       deps[dep_start[v]] ... deps[dep_start[v + 1] - 1]
 *     consumers of v:  consumers[consumer_start[v]] ... likewise
 */
#ifndef DAGMEM_RUNNER_GRAPH_H
#define DAGMEM_RUNNER_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/symbols.h"

#define NODE_NONE UINT32_MAX

enum node_flag {
	NODE_REQUESTED = 1,     /* its result is an output of the run: never released before the end */
	NODE_INPUT = 2,         /* its result is given by the caller: not executed, its size not counted */
	NODE_IN_PLACE = 4,      /* can turn a dependency's buffer into its result */
	NODE_MAP = 8,           /* runs a block once per item and collects the results: struct graph_map */
};

/*
 * A map node: what it runs for each item.  The block has one input (the
 * item), named first, and one requested output.  `items` is what the file
 * says; a run learns the real number from the node.
 */
struct graph_map {
	uint32_t node;
	uint64_t items;
	struct graph *block;
};

struct graph {
	uint32_t nodes, edges;
	uint32_t *dep_start, *deps;             /* ascending */
	uint32_t *consumer_start, *consumers;   /* ascending */
	uint32_t *named_deps;                   /* as `deps` but in the order named; may be the same array */
	uint64_t *size_bytes;                   /* of the result */
	uint64_t *transient_bytes;              /* on top of it while the node runs */
	uint8_t *flags;                         /* enum node_flag */
	struct graph_map *maps;                 /* by node */
	uint32_t map_count;
	struct symbols names;
	uint32_t *symbol;                       /* node -> name */
	uint32_t *node_of_symbol;               /* name -> node */
};

void graph_free(struct graph *graph);

static inline const char *graph_name(const struct graph *graph, uint32_t node)
{
	return symbols_name(&graph->names, graph->symbol[node]);
}

static inline uint32_t graph_dep_count(const struct graph *graph, uint32_t node)
{
	return graph->dep_start[node + 1] - graph->dep_start[node];
}

/* NODE_NONE when there is no such node. */
uint32_t graph_find(const struct graph *graph, const char *name);

/* The map node's own description; `node` has NODE_MAP. */
const struct graph_map *graph_map_of(const struct graph *graph, uint32_t node);

/* Sum of all results: what keep-all holds at the end, inputs left out, blocks of maps included. */
uint64_t graph_total_bytes(const struct graph *graph);

#endif
