/*
 * plan: which nodes a run has to execute, and how often each result is read.
 *
 * One walk back from the requested nodes that stops at inputs (an override is
 * an input).  O(V+E), with an explicit stack.  Orders, policies, the bound,
 * the simulation and the execution start from it and none changes it.
 */
#ifndef DAGMEM_RUNNER_PLAN_H
#define DAGMEM_RUNNER_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/graph.h"

struct error;

struct plan {
	const struct graph *graph;
	uint32_t count;         /* nodes to execute */
	uint8_t *on_path;       /* by node: 1 = is executed */
	uint32_t *pending;      /* by node on the path: dependencies that are executed too */
	uint32_t *readers;      /* by node on the path: distinct consumers that are executed */
};

int plan_init(struct plan *plan, const struct graph *graph, struct error *err);
void plan_release(struct plan *plan);

/* 1 for nodes whose result, once made, the run must keep. */
static inline bool plan_requested(const struct plan *plan, uint32_t node)
{
	return plan->graph->flags[node] & NODE_REQUESTED;
}

/* 1 when `order` holds each node on the path once, dependencies first. */
bool plan_accepts(const struct plan *plan, const uint32_t *order);

#endif
