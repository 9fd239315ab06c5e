/*
 * graph_link: the last steps from a list of edges to a graph.
 *
 * Called by the graph builder only.
 */
#ifndef DAGMEM_RUNNER_GRAPH_LINK_H
#define DAGMEM_RUNNER_GRAPH_LINK_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct graph;

struct edge {
	uint32_t node;          /* reads */
	uint32_t dep;           /* what this one makes */
};

/* Fill the graph's dependency and consumer arrays; an edge that comes again is left out. */
int graph_link(struct graph *graph, const struct edge *edges, size_t edge_count, struct error *err);

/* ERROR_FORMAT with the names on the cycle, if there is one.  The graph is linked. */
int graph_check_acyclic(const struct graph *graph, struct error *err);

#endif
