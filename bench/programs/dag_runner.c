/*
 * dag_runner: a graph of empty nodes in libdagrun.a, with its default policy.
 * Runs it twice: the first run also builds the graph, the second plans, orders
 * and executes.
 *
 * usage: dag_runner SHAPE WORKERS ORDER
 */
#include "dag_graph.h"
#include "dagrun.h"

#define USAGE "dag_runner SHAPE WORKERS ORDER"

enum { NAME_SIZE = 16 };

static int mark(struct dagrun_call *call)
{
	*(char *)call->context = 1;
	return 0;
}

static void fail(const char *message)
{
	fprintf(stderr, "dag_runner: %s\n", message);
	exit(1);
}

static void add_node(struct dagrun_graph *runner, const struct dag_graph *graph, uint32_t node)
{
	char name[NAME_SIZE], dep_names[DEPS_MAX][NAME_SIZE];
	const char *dep_pointers[DEPS_MAX + 1] = { NULL };
	uint32_t deps[DEPS_MAX];
	unsigned count = dag_deps(graph, node, deps);
	struct dagrun_error error;

	snprintf(name, sizeof name, "n%u", node);
	for (unsigned i = 0; i < count; i++) {
		snprintf(dep_names[i], NAME_SIZE, "n%u", deps[i]);
		dep_pointers[i] = dep_names[i];
	}
	if (dagrun_add(runner, &(struct dagrun_node){ .name = name, .run = mark, .deps = dep_pointers,
		       .context = &graph->ran[node], .size_bytes = 8 + node % 17 }, &error) != 0)
		fail(error.message);
}

static void run(struct dagrun_graph *runner, const struct dagrun_options *options,
		struct dagrun_value *outputs)
{
	struct dagrun_error error;

	if (dagrun_run(runner, options, outputs, &error) != 0)
		fail(error.message);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		fail("usage: " USAGE);
	struct dag_graph graph = dag_graph(argv[1], USAGE);
	struct dagrun_options options = { .workers = (unsigned)strtoul(argv[2], NULL, 10), .order = argv[3] };
	struct dagrun_value *outputs = malloc(graph.nodes * sizeof *outputs);
	double start_s = dag_now_s(), whole_s, run_s;
	struct dagrun_graph *runner = dagrun_graph_new();

	if (!outputs || !runner)
		fail("no memory");
	for (uint32_t node = 0; node < graph.nodes; node++)
		add_node(runner, &graph, node);
	run(runner, &options, outputs);
	whole_s = dag_now_s() - start_s;

	memset(graph.ran, 0, graph.nodes);
	start_s = dag_now_s();
	run(runner, &options, outputs);
	run_s = dag_now_s() - start_s;

	dagrun_graph_free(runner);
	free(outputs);
	return dag_report(&graph, whole_s, run_s);
}
