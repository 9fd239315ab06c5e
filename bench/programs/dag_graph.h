/*
 * dag_graph: what the DAG programs share: the same graphs for each of them,
 * and what they print, one line of JSON.
 *
 *     chain:N                 each node reads the one before it
 *     layered:WIDTHxDEPTH     each reads one to four of the layer before, 2.4 on average
 *
 * What a node reads follows from its number alone, so nobody stores the edges
 * but the runtime that is measured.  A task marks that it ran, and no more.
 */
#ifndef BENCH_DAG_GRAPH_H
#define BENCH_DAG_GRAPH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEPS_MAX = 4 };

struct dag_graph {
	uint32_t nodes;
	uint32_t width;         /* of a layer; a chain is layers of one */
	char *ran;              /* by node */
};

/* Ends the program when there is no such graph. */
static inline struct dag_graph dag_graph(const char *shape, const char *usage)
{
	struct dag_graph graph = { .width = 1 };
	uint32_t depth = 0;

	if (sscanf(shape, "chain:%u", &depth) == 1 ||
	    sscanf(shape, "layered:%ux%u", &graph.width, &depth) == 2)
		graph.nodes = graph.width * depth;
	if (graph.nodes > 0 && (graph.width == 1 || graph.width >= DEPS_MAX))
		graph.ran = calloc(graph.nodes, 1);
	if (graph.ran)
		return graph;
	fprintf(stderr, "usage: %s\n", usage);
	exit(2);
}

/* splitmix64: the same graph on every machine. */
static inline uint64_t dag_mix(uint64_t z)
{
	z *= UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* The nodes that `node` reads, each once; returns how many. */
static inline unsigned dag_deps(const struct dag_graph *graph, uint32_t node, uint32_t deps[DEPS_MAX])
{
	static const unsigned char count_of[] = { 1, 2, 2, 3, 4 };
	uint32_t width = graph->width, layer = node / width, count, first, step;
	uint64_t random = dag_mix(node + UINT64_C(1));

	if (layer == 0)
		return 0;
	count = width == 1 ? 1 : count_of[random % sizeof count_of];
	first = (uint32_t)(random >> 8) % width;
	/* Steps this short don't come round to the first. */
	step = 1 + (uint32_t)(random >> 40) % (width / DEPS_MAX + (width == 1));
	for (unsigned i = 0; i < count; i++)
		deps[i] = (layer - 1) * width + (first + i * step) % width;
	return count;
}

static inline double dag_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/*
 * Print the result: `whole_s` from nothing to every node run; `run_s` of a
 * graph that was there, or 0.  Ends with a failure when a node did not run.
 */
static inline int dag_report(const struct dag_graph *graph, double whole_s, double run_s)
{
	uint32_t deps[DEPS_MAX];
	uint64_t edges = 0;

	for (uint32_t node = 0; node < graph->nodes; node++)
		edges += dag_deps(graph, node, deps);
	if (memchr(graph->ran, 0, graph->nodes)) {
		fprintf(stderr, "a node did not run\n");
		return 1;
	}
	printf("{\"nodes\": %u, \"edges\": %llu, \"whole_s\": %.6f, \"run_s\": %.6f}\n", graph->nodes,
	       (unsigned long long)edges, whole_s, run_s);
	return 0;
}

#endif
