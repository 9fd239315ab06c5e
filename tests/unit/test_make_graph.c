#include "cli/make_graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "tests/unit/random.h"

static void read_graph(const char *text, size_t bytes, struct arena *arena, struct make_graph *graph)
{
	struct error err = ERROR_INIT;

	assert_int_equal(make_graph_read(text, bytes, arena, graph, &err), 0);
	for (size_t i = 0; i < graph->count; i++)
		for (size_t k = 0; k < graph->nodes[i].need_count; k++)
			assert_true(graph->nodes[i].need[k] < i);
}

/* "b<a c<a,b": each node and what it needs. */
static void expect(const char *text, const char *wanted)
{
	struct arena arena = ARENA_INIT;
	struct make_graph graph;
	struct text got;

	text_init(&got);
	read_graph(text, strlen(text), &arena, &graph);
	for (size_t i = 0; i < graph.count; i++) {
		text_printf(&got, "%s%s", i ? " " : "", graph.nodes[i].name);
		for (size_t k = 0; k < graph.nodes[i].need_count; k++)
			text_printf(&got, "%s%s", k ? "," : "<", graph.nodes[graph.nodes[i].need[k]].name);
	}
	assert_string_equal(got.data, wanted);
	text_release(&got);
	arena_release(&arena);
}

static void targets_need_what_they_name(void **state)
{
	(void)state;
	expect("", "");
	expect("N\ta\n", "a");
	expect("N\ta\nN\tb\nE\tb\ta\n", "a b<a");
	expect("N\ta\nN\tb\nE\tb\ta\nE\tb\ta\nN\tc\nE\tc\tb\nE\tc\ta\n", "a b<a c<b,a");
	expect("N\twith space\nN\tb\nE\tb\twith space\n", "with space b<with space");
}

static void what_had_no_recipe_is_no_node(void **state)
{
	(void)state;
	expect("N\ta\nE\ta\ta.c\n", "a");
	expect("E\ta\tb\nE\tb\tc\n", "");
}

/* A recipe that runs make begins before what that makes. */
static void what_is_needed_comes_first(void **state)
{
	(void)state;
	expect("N\tall\nN\tsub/x\nE\tall\tsub/x\nN\tsub/y\nE\tall\tsub/y\nE\tsub/x\tsub/y\n",
	       "sub/y sub/x<sub/y all<sub/x,sub/y");
	expect("N\ta\nN\ta\nN\tb\nE\tb\ta\nN\tb\nE\tb\ta\n", "a b<a");
}

static void a_circle_loses_an_edge(void **state)
{
	struct arena arena = ARENA_INIT;
	struct make_graph graph;
	const char *text = "N\ta\nN\tb\nN\tc\nE\ta\tb\nE\tb\tc\nE\tc\ta\nE\ta\ta\n";

	(void)state;
	expect(text, "c b<c a<b");
	read_graph(text, strlen(text), &arena, &graph);
	assert_int_equal(graph.dropped, 2);
	arena_release(&arena);
}

static void lines_that_say_nothing_are_passed_over(void **state)
{
	(void)state;
	expect("\n\n\t\nN\nN\t\nX\ta\nE\ta\nE\t\ta\nE\ta\t\nN\ta\tb\nNa\nN\tcut", "");
}

static void a_long_chain_needs_no_stack(void **state)
{
	enum { LENGTH = 100000 };
	struct arena arena = ARENA_INIT;
	struct make_graph graph;
	struct text text;

	(void)state;
	text_init(&text);
	for (int i = 0; i < LENGTH; i++)
		text_printf(&text, "N\t%d\nE\t%d\t%d\n", i, i, i + 1);
	read_graph(text.data, text.length, &arena, &graph);
	assert_int_equal(graph.count, LENGTH);
	assert_string_equal(graph.nodes[0].name, "99999");
	text_release(&text);
	arena_release(&arena);
}

static void any_bytes_will_do(void **state)
{
	static const char some[] = "NE\t\t\t\n\n\nabc\0";
	struct random random = { 11 };

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct arena arena = ARENA_INIT;
		struct make_graph graph;
		char text[96];
		size_t length = random_below(&random, sizeof text);

		for (size_t i = 0; i < length; i++)
			text[i] = some[random_below(&random, sizeof some - 1)];
		read_graph(text, length, &arena, &graph);
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_need_what_they_name),
		cmocka_unit_test(what_had_no_recipe_is_no_node),
		cmocka_unit_test(what_is_needed_comes_first),
		cmocka_unit_test(a_circle_loses_an_edge),
		cmocka_unit_test(lines_that_say_nothing_are_passed_over),
		cmocka_unit_test(a_long_chain_needs_no_stack),
		cmocka_unit_test(any_bytes_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
