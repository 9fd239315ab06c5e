/*
 * nodes: short nodes of a DAG, one after the other, and what they cost: what
 * begin and end take, and what an allocation takes in a node and outside one.
 *
 * usage: nodes EXECUTIONS [NODES [PAIRS]]        PAIRS: allocations with their frees in each
 *
 * Unlike the other programs it measures itself, since a node without the tracer
 * is nothing to compare with, and prints ns as JSON.
 */
#include "micro.h"

#include <time.h>

#include <dagmem.h>

#define USAGE "nodes EXECUTIONS [NODES [PAIRS]]"

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static uint32_t *declare(unsigned long nodes)
{
	uint32_t *id = malloc(nodes * sizeof *id);
	char name[32];

	for (unsigned long i = 0; i < nodes; i++) {
		snprintf(name, sizeof name, "node%lu", i);
		id[i] = dagmem_node_declare(name, i ? &id[i - 1] : NULL, i != 0);
	}
	return id;
}

static FRAME void allocate(unsigned long pairs)
{
	for (unsigned long i = 0; i < pairs; i++) {
		char *block = malloc(64);

		*(volatile char *)block = 1;
		free(block);
	}
}

/* ns per execution. */
static FRAME double run(const uint32_t *id, unsigned long nodes, unsigned long executions,
			unsigned long pairs, int in_nodes)
{
	double start = now_ns();

	for (unsigned long i = 0; i < executions; i++) {
		if (in_nodes)
			dagmem_node_begin(id[i % nodes]);
		allocate(pairs);
		if (in_nodes)
			dagmem_node_end(id[i % nodes], 0);
	}
	return (now_ns() - start) / (double)executions;
}

static double clock_ns(void)
{
	enum { READS = 100000 };
	double start = now_ns();

	for (int i = 0; i < READS; i++)
		now_ns();
	return (now_ns() - start) / READS;
}

int main(int argc, char **argv)
{
	unsigned long executions = argument(argv, 1, USAGE);
	unsigned long nodes = argc > 2 ? argument(argv, 2, USAGE) : 20;
	unsigned long pairs = argc > 3 ? argument(argv, 3, USAGE) : 100;
	unsigned long some = executions / pairs + 1;
	uint32_t *id = declare(nodes);

	run(id, nodes, some, pairs, 1);
	run(id, nodes, some, pairs, 0);

	double empty = run(id, nodes, executions, 0, 1);
	double in_nodes = run(id, nodes, some, pairs, 1) - empty;
	double outside = run(id, nodes, some, pairs, 0);

	printf("{\"executions\":%lu,\"nodes\":%lu,\"begin_and_end_ns\":%.1f,\"clock_ns\":%.1f,"
	       "\"pair_in_node_ns\":%.1f,\"pair_outside_ns\":%.1f}\n", executions, nodes, empty,
	       clock_ns(), in_nodes / (double)pairs, outside / (double)pairs);
	free(id);
	return 0;
}
