/*
 * annotate: what the runner tells the tracer that may be watching.
 *
 * The only place that calls include/dagmem.h.  Costs a few nanoseconds when
 * nobody watches.  Any thread.
 */
#ifndef DAGMEM_RUNNER_ANNOTATE_H
#define DAGMEM_RUNNER_ANNOTATE_H

#include <stdint.h>

#include "dagrun.h"
#include "runner/graph.h"

#define ANNOTATE_END_LABEL "dag-end"

/* The nodes of a graph as the tracer knows them. */
struct annotations {
	uint32_t *id;           /* by node; NULL: nobody watches */
};

/*
 * A run begins: before its graph is declared; and has ended: all that it does
 * not hand over is destroyed.  Iterations are this process's runs, from 0.
 */
uint32_t annotate_run_begin(void);
void annotate_run_end(uint32_t run, int status);

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
 * The node, which runs, has this result; nobody will read it any more, and it
 * is about to be destroyed.
 */
void annotate_produced(const struct annotations *annotations, uint32_t node,
		       const struct dagrun_value *value);
void annotate_released(const struct annotations *annotations, uint32_t node,
		       const struct dagrun_value *value);

/* The same of a map node, whose result is all that its block's output was, item by item. */
void annotate_collected(const struct annotations *annotations, uint32_t node,
			const struct dagrun_items *items);
void annotate_dispersed(const struct annotations *annotations, uint32_t node);

/*
 * All nodes have ended and nothing has been cleaned up: a snapshot, under
 * ANNOTATE_END_LABEL, of what the policy left behind.
 */
void annotate_run_ended(void);

#endif
