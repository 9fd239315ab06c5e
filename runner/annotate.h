/*
 * annotate: what the runner tells the tracer that may be watching.
 *
 * The only place that calls include/dagmem.h.  Costs a few nanoseconds when
 * nobody watches.  Any thread.
 */
#ifndef DAGMEM_RUNNER_ANNOTATE_H
#define DAGMEM_RUNNER_ANNOTATE_H

#include <stdint.h>

#include "runner/graph.h"

#define ANNOTATE_END_LABEL "dag-end"

/* The nodes of a graph as the tracer knows them. */
struct annotations {
	uint32_t *id;           /* by node; NULL: nobody watches */
};

/*
 * Declare the graph's inputs and the `count` nodes of `order`, dependencies
 * first.  `map` is NULL, or the node whose block the graph is: its nodes are
 * named MAP/NODE.  Without memory for it nothing is told.
 */
void annotate_graph(struct annotations *annotations, const struct graph *graph,
		    const uint32_t *order, uint32_t count, const char *map);
void annotate_release(struct annotations *annotations);

/* The calling thread runs `node` of the graph; then it has ended, with its task's status. */
void annotate_begin(const struct annotations *annotations, uint32_t node);
void annotate_end(const struct annotations *annotations, uint32_t node, int status);

/*
 * All nodes have ended and nothing has been cleaned up: a snapshot, under
 * ANNOTATE_END_LABEL, of what the policy left behind.
 */
void annotate_run_ended(void);

#endif
