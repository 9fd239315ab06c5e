/*
 * block: what one item of a map node costs.
 *
 * A block is a graph of its own with one requested output, executed once per
 * item in file order.  Called by the graph builder and the simulation.
 */
#ifndef DAGMEM_RUNNER_BLOCK_H
#define DAGMEM_RUNNER_BLOCK_H

#include <stdint.h>

struct error;
struct graph;
struct policy;

struct block_cost {
	uint64_t output_bytes;          /* kept for the collected result */
	uint64_t peak_bytes;            /* while the block runs, its output included */
	uint64_t total_bytes;           /* of all its results */
	uint64_t results, peak_results; /* the same, counted */
};

/* ERROR_FORMAT when the block holds a map or has not exactly one output. */
int block_cost(const struct graph *block, const struct policy *policy, struct block_cost *cost,
	       struct error *err);

#endif
