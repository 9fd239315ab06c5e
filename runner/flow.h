/*
 * flow: maximum flow in a network, by Dinic's algorithm.
 *
 * The arcs are set up once; capacities can be set anew before each run.
 * Iterative, so any size of network will do.  Used by the lower bound, whose
 * minimum cuts are maximum flows.
 */
#ifndef DAGMEM_RUNNER_FLOW_H
#define DAGMEM_RUNNER_FLOW_H

#include <stddef.h>
#include <stdint.h>

struct flow;

#define FLOW_UNLIMITED ((uint64_t)1 << 62)

/* Room for this many vertices and arcs; NULL: no memory. */
struct flow *flow_new(uint32_t vertices, uint32_t arcs);
void flow_free(struct flow *flow);

/* Append an arc and return its number.  Both ends are below `vertices`. */
uint32_t flow_add_arc(struct flow *flow, uint32_t from, uint32_t to);

/* Of an arc; what a run left in it or its reverse is forgotten. */
void flow_set_capacity(struct flow *flow, uint32_t arc, uint64_t capacity);

/*
 * Push as much as fits from `source` to `sink` and return it.  Stops early
 * once `*work`, which counts down by arcs looked at, is used up: what it
 * returns is then a part of the maximum.
 */
uint64_t flow_run(struct flow *flow, uint32_t source, uint32_t sink, uint64_t *work);

#endif
