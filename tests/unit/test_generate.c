#include "runner/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "tests/unit/dags.h"

static void has(const char *spec, uint32_t nodes, uint32_t edges, uint32_t outputs)
{
	struct graph *graph = dag_load(spec);
	uint32_t requested = 0;

	for (uint32_t v = 0; v < graph->nodes; v++)
		requested += (graph->flags[v] & NODE_REQUESTED) != 0;
	assert_int_equal(graph->nodes, nodes);
	assert_int_equal(graph->edges, edges);
	assert_int_equal(requested, outputs);
	graph_free(graph);
}

static void shapes_have_their_nodes_edges_and_sinks(void **state)
{
	(void)state;
	has("chain:1:5", 1, 0, 1);
	has("chain:9:5", 9, 8, 1);
	has("diamond:3:5", 5, 6, 1);
	has("tree:1:2:5", 1, 0, 1);
	has("tree:4:3:5", 40, 39, 1);
	has("tree:5:1:5", 5, 4, 1);
	has("fan:7:5", 8, 7, 7);
	has("map:5:4:5", 1, 0, 1);
}

static void sizes_take_units(void **state)
{
	struct graph *graph = dag_load("chain:2:1.5KiB");

	(void)state;
	assert_int_equal(graph->size_bytes[0], 1536);
	assert_int_equal(graph->flags[0], NODE_IN_PLACE);
	graph_free(graph);
}

static void a_layered_graph_reads_the_layer_before_and_depends_on_its_seed_alone(void **state)
{
	struct graph *one = dag_load("layered:7:10x20:100"), *same = dag_load("layered:7:10x20:100");
	struct graph *other = dag_load("layered:8:10x20:100");

	(void)state;
	assert_int_equal(one->nodes, 200);
	for (uint32_t v = 0; v < one->nodes; v++) {
		assert_true(one->size_bytes[v] >= 50 && one->size_bytes[v] <= 150);
		assert_true(v < 10 ? graph_dep_count(one, v) == 0 : graph_dep_count(one, v) >= 1);
		for (uint32_t i = one->dep_start[v]; i < one->dep_start[v + 1]; i++)
			assert_int_equal(one->deps[i] / 10 + 1, v / 10);
	}
	assert_int_equal(one->edges, same->edges);
	assert_memory_equal(one->deps, same->deps, one->edges * sizeof *one->deps);
	assert_memory_equal(one->size_bytes, same->size_bytes, one->nodes * sizeof *one->size_bytes);
	assert_memory_not_equal(one->size_bytes, other->size_bytes, one->nodes * sizeof *one->size_bytes);
	graph_free(one);
	graph_free(same);
	graph_free(other);
}

static void refused(const char *spec)
{
	struct graph_builder *builder = graph_builder_new(spec, NULL);
	struct error err = ERROR_INIT;

	if (generate(spec, builder, &err) != ERROR_USAGE)
		fail_msg("'%s' is taken", spec);
	graph_builder_free(builder);
}

static void what_is_no_shape_is_refused(void **state)
{
	(void)state;
	assert_true(generate_knows("chain:x"));
	assert_false(generate_knows("chain"));
	assert_false(generate_knows("chains:3:1"));
	assert_false(generate_knows("file.dag"));
	refused("chain:0:1");
	refused("chain:3");
	refused("chain:3:");
	refused("chain:3:1:2");
	refused("chain:-3:1");
	refused("chain:3:1Y");
	refused("chain:1000000000:1");
	refused("chain:99999999999999999999999:1");
	refused("tree:40:2:1");
	refused("tree:3:1");
	refused("layered:1:100000x100000:1");
	refused("layered:1:3:1");
	refused("map:3:0:1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_have_their_nodes_edges_and_sinks),
		cmocka_unit_test(sizes_take_units),
		cmocka_unit_test(a_layered_graph_reads_the_layer_before_and_depends_on_its_seed_alone),
		cmocka_unit_test(what_is_no_shape_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
