/* The three file formats: what they say, and what they refuse, with the place. */
#include "runner/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "tests/unit/dags.h"

/* What libcgraph 2.42 has read before a syntax error is lost to everybody. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libcgraph.so\nleak:libcdt.so";
}

typedef int parser(const char *bytes, size_t length, struct graph_builder *builder,
		   struct error *err);

static int build(parser *parse, const char *text, struct graph **graph, struct error *err)
{
	struct graph_builder *builder = graph_builder_new("file", NULL);
	int code = parse(text, strlen(text), builder, err);

	if (code == 0)
		code = graph_builder_finish(builder, graph, err);
	graph_builder_free(builder);
	return code;
}

static struct graph *accepted(parser *parse, const char *text)
{
	struct error err = ERROR_INIT;
	struct graph *graph = NULL;

	if (build(parse, text, &graph, &err) != 0)
		fail_msg("%s", err.message);
	return graph;
}

static void refused(parser *parse, const char *text, const char *why)
{
	struct error err = ERROR_INIT;
	struct graph *graph = NULL;

	if (build(parse, text, &graph, &err) != ERROR_FORMAT)
		fail_msg("accepted: %s", text);
	if (!strstr(err.message, why))
		fail_msg("'%s' does not say '%s'", err.message, why);
}

/* --- text ---------------------------------------------------------------------- */

static void text_has_sizes_transients_flags_and_comments(void **state)
{
	struct graph *graph = accepted(parse_text,
		"# a comment\n"
		"input config\n"
		"node load 24MiB transient 1.5K < config # another\n"
		"\tnode \"the \\\"end\\\"\" 7 in-place < load\r\n");

	(void)state;
	assert_int_equal(graph->nodes, 3);
	assert_int_equal(graph->flags[0], NODE_INPUT);
	assert_int_equal(graph->size_bytes[1], 24 << 20);
	assert_int_equal(graph->transient_bytes[1], 1536);
	assert_string_equal(graph_name(graph, 2), "the \"end\"");
	assert_int_equal(graph->flags[2], NODE_IN_PLACE | NODE_REQUESTED);
	graph_free(graph);
}

static void text_has_maps(void **state)
{
	struct graph *graph = accepted(parse_text,
		"node config 1\n"
		"map sweep 50 < config\n"
		"  node a 8 < item\n"
		"  node b 5 < a\n"
		"end\n"
		"node report 2 < sweep\n");

	(void)state;
	assert_int_equal(graph->nodes, 3);
	assert_int_equal(graph->map_count, 1);
	assert_int_equal(graph->size_bytes[1], 250);
	assert_int_equal(graph->transient_bytes[1], 13 - 5);
	assert_int_equal(graph_total_bytes(graph), 1 + 50 * 13 + 2);
	graph_free(graph);
}

static void text_is_refused_with_the_line(void **state)
{
	(void)state;
	refused(parse_text, "node a\nnods b\n", "file:2: 'nods' is no statement");
	refused(parse_text, "node\n", "file:1: the node's name is missing");
	refused(parse_text, "node a 12 13\n", "file:1: '13' is not understood here");
	refused(parse_text, "node a 12X\n", "file:1: ");
	refused(parse_text, "node a -5\n", "file:1: ");
	refused(parse_text, "node a transient\n", "file:1: the transient's size is missing");
	refused(parse_text, "node \"a\n", "file:1: a quote is not closed");
	refused(parse_text, "node \"\"\n", "file:1: a name is empty");
	refused(parse_text, "node a\noutput\n", "file:2: the output's name is missing");
	refused(parse_text, "node a\nend\n", "file:2: 'end' without a map");
	refused(parse_text, "map m 3\nnode a < item\n", "file:1: map 'm' has no end");
	refused(parse_text, "map m 3\nmap n 3\n", "file:2: a map stands inside the map of line 1");
	refused(parse_text, "map m -3\n", "file:1: '-3' is not a number of items");
	refused(parse_text, "map m 3\nend\n", "the output 'item' is an input");
	refused(parse_text, "map m 3\nnode a\nnode b\nend\n", "outputs where one is needed");
	refused(parse_text, "map m 4000000000\nnode a 1T < item\nend x\n", "file:3: 'x' is not understood");
	refused(parse_text, "map m 4000000000\nnode a 1T < item\nend\n", "more than 8 EiB");
}

/* --- WfFormat -------------------------------------------------------------------- */

#define TASKS(tasks, files) \
	"{\"workflow\":{\"specification\":{\"tasks\":[" tasks "],\"files\":[" files "]}," \
	"\"execution\":{\"tasks\":[{\"id\":\"a\",\"memoryInBytes\":9}]}}}"

static void wfformat_sums_output_files_and_takes_memory_as_transient(void **state)
{
	struct graph *graph = accepted(parse_wfformat, TASKS(
		"{\"id\":\"a\",\"children\":[\"b\"],\"parents\":[],\"outputFiles\":[\"x\",\"y\"]},"
		"{\"id\":\"b\",\"parents\":[\"a\"],\"outputFiles\":[]}",
		"{\"id\":\"x\",\"sizeInBytes\":3},{\"id\":\"y\",\"sizeInBytes\":4}"));

	(void)state;
	assert_int_equal(graph->nodes, 2);
	assert_int_equal(graph->edges, 1);
	assert_int_equal(graph->size_bytes[0], 7);
	assert_int_equal(graph->transient_bytes[0], 9);
	assert_int_equal(graph->size_bytes[1], 0);
	graph_free(graph);
}

static void wfformat_is_refused_when_it_makes_no_sense(void **state)
{
	(void)state;
	refused(parse_wfformat, "{\n\n[", "file:3: column");
	refused(parse_wfformat, "{}", "workflow.specification.tasks is no list");
	refused(parse_wfformat, TASKS("{}", ""), "a task has no id");
	refused(parse_wfformat, TASKS("{\"id\":\"a\",\"parents\":[\"z\"]}", ""), "'a' depends on 'z'");
	refused(parse_wfformat, TASKS("{\"id\":\"a\",\"outputFiles\":[\"x\"]}", ""),
		"task 'a' writes 'x', whose size is not given");
	refused(parse_wfformat, TASKS("{\"id\":\"a\",\"outputFiles\":[\"x\"]}",
				      "{\"id\":\"x\",\"sizeInBytes\":-1}"), "is not a number of bytes");
	refused(parse_wfformat, TASKS("", "{\"id\":\"x\",\"sizeInBytes\":1},{\"id\":\"x\",\"sizeInBytes\":2}"),
		"'x' has two different");
	refused(parse_wfformat, TASKS("{\"id\":\"a\",\"parents\":[\"a\"],\"children\":[\"a\"]}", ""),
		"cycle");
	refused(parse_wfformat, TASKS("{\"id\":\"a\",\"children\":[\"b\"]},{\"id\":\"b\",\"parents\":[]}", ""),
		"'a' names 'b' as a child");
	refused(parse_wfformat, TASKS("{\"id\":\"a\",\"children\":[\"c\"]},{\"id\":\"b\",\"parents\":[\"a\"]},"
				      "{\"id\":\"c\",\"parents\":[\"a\"]}", ""),
		"'b' names 'a' as a parent");
	refused(parse_wfformat, TASKS("{\"id\":\"a\"},{\"id\":\"a\"}", ""), "'a' is defined twice");
	refused(parse_wfformat, TASKS("7", ""), "a task has no id");
}

static void wfformat_survives_deep_nesting(void **state)
{
	static char text[200001];

	(void)state;
	memset(text, '[', sizeof text - 1);
	refused(parse_wfformat, text, "file:1: column");
}

/* --- Graphviz -------------------------------------------------------------------- */

static void dot_edges_go_from_dependency_to_consumer(void **state)
{
	struct graph *graph = accepted(parse_dot,
		"digraph g {\n  node [size=\"2KiB\"];\n  a -> b -> c; a -> c;\n"
		"  b [size=5, transient=7, inplace=true]; c [size=\"\"];\n"
		"  i [input=true]; i -> b;\n  b [output=true];\n}\n");

	(void)state;
	assert_int_equal(graph->nodes, 4);
	assert_int_equal(graph->edges, 4);
	assert_int_equal(graph->size_bytes[graph_find(graph, "a")], 2048);
	assert_int_equal(graph->size_bytes[graph_find(graph, "b")], 5);
	assert_int_equal(graph->transient_bytes[graph_find(graph, "b")], 7);
	assert_int_equal(graph->size_bytes[graph_find(graph, "c")], 0);
	assert_int_equal(graph->flags[graph_find(graph, "b")], NODE_IN_PLACE | NODE_REQUESTED);
	assert_int_equal(graph->flags[graph_find(graph, "i")], NODE_INPUT);
	assert_int_equal(graph->flags[graph_find(graph, "c")], 0);
	graph_free(graph);
}

static void dot_is_refused_with_the_place(void **state)
{
	(void)state;
	refused(parse_dot, "digraph {\n a ->\n}", "file: syntax error in line 3");
	refused(parse_dot, "digraph {\n a ->\n}", "file: syntax error in line 3");
	refused(parse_dot, "graph { a -- b }", "not directed");
	refused(parse_dot, "digraph {\n a ->\n}", "file: syntax error in line 3");
	refused(parse_dot, "digraph { a [size=much] }", "size of node 'a': 'much' is no size");
	refused(parse_dot, "digraph { a -> b -> a }", "cycle");
	refused(parse_dot, "digraph { }", "there are no nodes");
	refused(parse_dot, "", "file: ");
}

static void dot_reads_the_first_graph_and_forgets_the_rest(void **state)
{
	(void)state;
	graph_free(accepted(parse_dot, "digraph { a }\n\n\ndigraph b"));
	graph_free(accepted(parse_dot, "digraph { a } }"));
	refused(parse_dot, "digraph {\n a ->\n}", "file: syntax error in line 3");
	graph_free(accepted(parse_dot, "digraph { a }\n\n\ndigraph { b }"));
	struct graph *graph = accepted(parse_dot, "digraph { c }");
	assert_int_equal(graph_find(graph, "c"), 0);
	assert_int_equal(graph->nodes, 1);
	graph_free(graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_sizes_transients_flags_and_comments),
		cmocka_unit_test(text_has_maps),
		cmocka_unit_test(text_is_refused_with_the_line),
		cmocka_unit_test(wfformat_sums_output_files_and_takes_memory_as_transient),
		cmocka_unit_test(wfformat_is_refused_when_it_makes_no_sense),
		cmocka_unit_test(wfformat_survives_deep_nesting),
		cmocka_unit_test(dot_edges_go_from_dependency_to_consumer),
		cmocka_unit_test(dot_is_refused_with_the_place),
		cmocka_unit_test(dot_reads_the_first_graph_and_forgets_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
