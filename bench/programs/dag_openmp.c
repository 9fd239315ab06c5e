/*
 * dag_openmp: a graph of empty tasks with depend clauses, in the OpenMP runtime
 * of the compiler that builds it: dag_libgomp, dag_libomp.
 *
 * usage: dag_libgomp SHAPE WORKERS
 */
#include "dag_graph.h"

#define USAGE "dag_libgomp|dag_libomp SHAPE WORKERS"

static void create_tasks(const struct dag_graph *graph)
{
	uint32_t deps[DEPS_MAX];
	char *ran = graph->ran;

	for (uint32_t node = 0; node < graph->nodes; node++) {
		int count = (int)dag_deps(graph, node, deps);

#pragma omp task depend(iterator(i = 0 : count), in : ran[deps[i]]) depend(out : ran[node])
		ran[node] = 1;
		(void)count;            /* gcc doesn't see that the iterator reads it */
	}
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: %s\n", USAGE);
		return 2;
	}
	struct dag_graph graph = dag_graph(argv[1], USAGE);
	double start_s = dag_now_s();

#pragma omp parallel num_threads(atoi(argv[2]))
#pragma omp single
	create_tasks(&graph);
	return dag_report(&graph, dag_now_s() - start_s, 0);
}
