#include "tests/unit/dags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "runner/parse.h"
#include "runner/source.h"

static int build(const char *text, struct graph **graph, struct error *err)
{
	struct graph_builder *builder = graph_builder_new("test.dag", NULL);

	assert_non_null(builder);
	int code = parse_text(text, strlen(text), builder, err);
	if (code == 0)
		code = graph_builder_finish(builder, graph, err);
	graph_builder_free(builder);
	return code;
}

struct graph *dag_from_text(const char *text)
{
	struct error err = ERROR_INIT;
	struct graph *graph = NULL;

	if (build(text, &graph, &err) != 0)
		fail_msg("%s", err.message);
	return graph;
}

int dag_text_error(const char *text, char *message)
{
	struct error err = ERROR_INIT;
	struct graph *graph = NULL;
	int code = build(text, &graph, &err);

	graph_free(graph);
	strcpy(message, err.message);
	return code;
}

struct graph *dag_load(const char *source)
{
	struct error err = ERROR_INIT;
	struct build_options options = { .scale = 1.0, .transients = false };
	struct graph *graph = NULL;

	if (source_load(source, &options, NULL, 0, &graph, &err) != 0)
		fail_msg("%s", err.message);
	return graph;
}

struct graph *dag_real(const char *name)
{
	char path[200];

	snprintf(path, sizeof path, "tests/data/wfinstances/%s.json", name);
	return dag_load(path);
}

uint64_t dag_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void add_random_node(struct graph_builder *builder, uint32_t number, uint32_t density,
			    uint64_t *state)
{
	struct error err = ERROR_INIT;
	char name[16];
	struct node_spec spec = {
		.name = name,
		.name_length = (size_t)snprintf(name, sizeof name, "n%u", number),
		.size_bytes = dag_random(state) % 12,
		.transient_bytes = dag_random(state) % 4 ? 0 : dag_random(state) % 9,
	};
	uint32_t node;

	if (dag_random(state) % 3 == 0)
		spec.flags |= NODE_IN_PLACE;
	if (dag_random(state) % 12 == 0)
		spec.flags |= NODE_REQUESTED;
	if (number && dag_random(state) % 14 == 0)
		spec.flags |= NODE_INPUT;
	assert_int_equal(graph_builder_add(builder, &spec, &node, &err), 0);
	for (uint32_t dep = 0; dep < node; dep++)
		if (dag_random(state) % 100 < density)
			assert_int_equal(graph_builder_depend(builder, node, dep, &err), 0);
}

struct graph *dag_random_graph(uint64_t *state, uint32_t most)
{
	struct graph_builder *builder = graph_builder_new("random", NULL);
	struct error err = ERROR_INIT;
	struct graph *graph = NULL;
	uint32_t nodes = 1 + (uint32_t)(dag_random(state) % most);
	uint32_t density = 10 + (uint32_t)(dag_random(state) % 50);

	for (uint32_t i = 0; i < nodes; i++)
		add_random_node(builder, i, density, state);
	if (graph_builder_finish(builder, &graph, &err) != 0)
		fail_msg("%s", err.message);
	graph_builder_free(builder);
	return graph;
}

struct plan dag_plan(const struct graph *graph)
{
	struct error err = ERROR_INIT;
	struct plan plan;

	assert_int_equal(plan_init(&plan, graph, &err), 0);
	return plan;
}

struct simulation dag_simulate(const struct plan *plan, const struct order *order,
			       const struct policy *policy)
{
	struct error err = ERROR_INIT;
	struct simulation simulation = { 0 };
	uint32_t *sequence = NULL;

	if (order_make(order, plan, &sequence, &err) != 0)
		fail_msg("%s", err.message);
	assert_true(plan_accepts(plan, sequence));
	assert_int_equal(simulate(plan, sequence, policy, NULL, &simulation, &err), 0);
	free(sequence);
	return simulation;
}
