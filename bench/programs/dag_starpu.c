/*
 * dag_starpu: a graph of empty StarPU tasks.  Dependencies are declared by tag,
 * the number of the node: its data handles take kilobytes for each node.
 *
 * usage: dag_starpu SHAPE WORKERS
 */
#include <starpu.h>

#include "dag_graph.h"

#define USAGE "dag_starpu SHAPE WORKERS"

static void mark(void *buffers[], void *ran)
{
	(void)buffers;
	*(char *)ran = 1;
}

static struct starpu_codelet codelet = { .cpu_funcs = { mark }, .name = "mark" };

static void submit(const struct dag_graph *graph, uint32_t node)
{
	struct starpu_task *task = starpu_task_create();
	uint32_t deps[DEPS_MAX];
	starpu_tag_t tags[DEPS_MAX];
	unsigned count = dag_deps(graph, node, deps);

	for (unsigned i = 0; i < count; i++)
		tags[i] = deps[i];
	if (count)
		starpu_tag_declare_deps_array(node, count, tags);
	task->cl = &codelet;
	task->cl_arg = &graph->ran[node];
	task->use_tag = 1;
	task->tag_id = node;
	if (starpu_task_submit(task) != 0) {
		fprintf(stderr, "dag_starpu: no worker takes the task\n");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct starpu_conf conf;

	if (argc != 3) {
		fprintf(stderr, "usage: %s\n", USAGE);
		return 2;
	}
	struct dag_graph graph = dag_graph(argv[1], USAGE);

	starpu_conf_init(&conf);
	conf.ncpus = atoi(argv[2]);
	conf.ncuda = 0;
	conf.nopencl = 0;
	if (starpu_init(&conf) != 0) {
		fprintf(stderr, "dag_starpu: starpu_init failed\n");
		return 1;
	}
	double start_s = dag_now_s();

	for (uint32_t node = 0; node < graph.nodes; node++)
		submit(&graph, node);
	starpu_task_wait_for_all();
	double whole_s = dag_now_s() - start_s;

	starpu_shutdown();
	return dag_report(&graph, whole_s, 0);
}
