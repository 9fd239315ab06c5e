/* The public library, as a program uses it. */
#include "dagrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DEPS(...) (const char *const[]){ __VA_ARGS__, NULL }

/* Results that exist now, so that nothing is lost or destroyed twice. */
static int alive;

static struct dagrun_value number(long value)
{
	long *data = malloc(sizeof *data);

	assert_non_null(data);
	*data = value;
	__atomic_add_fetch(&alive, 1, __ATOMIC_RELAXED);
	return (struct dagrun_value){ data, sizeof *data };
}

static long value_of(struct dagrun_value value)
{
	return *(long *)value.data;
}

static void drop(struct dagrun_value value, void *context)
{
	(void)context;
	free(value.data);
	__atomic_sub_fetch(&alive, 1, __ATOMIC_RELAXED);
}

/* One more than the sum of the inputs. */
static int sum(struct dagrun_call *call)
{
	long total = 1;

	for (size_t i = 0; i < call->input_count; i++)
		total += value_of(call->inputs[i]);
	call->result = number(total);
	return 0;
}

static int fail_always(struct dagrun_call *call)
{
	snprintf(call->message, call->message_size, "no luck");
	return -1;
}

/* Adds 100 to the number it is given, in place when it may. */
static int bump(struct dagrun_call *call)
{
	if (call->donated < 0) {
		call->result = number(value_of(call->inputs[0]) + 100);
		return 0;
	}
	*(long *)call->inputs[call->donated].data += 100;
	call->result = call->inputs[call->donated];
	call->taken = 1;
	return 0;
}

static void add(struct dagrun_graph *graph, const char *name, dagrun_function run,
		const char *const *deps)
{
	struct dagrun_node node = { .name = name, .run = run, .destroy = drop, .deps = deps,
				    .size_bytes = sizeof(long), .flags = run == bump ? DAGRUN_IN_PLACE : 0 };
	struct dagrun_error error;

	assert_int_equal(dagrun_add(graph, &node, &error), 0);
}

/* a -> b, c -> d */
static struct dagrun_graph *diamond(dagrun_function c)
{
	struct dagrun_graph *graph = dagrun_graph_new();

	add(graph, "a", sum, NULL);
	add(graph, "b", sum, DEPS("a"));
	add(graph, "c", c, DEPS("a"));
	add(graph, "d", sum, DEPS("b", "c"));
	return graph;
}

static void functions_get_inputs_and_give_results(void **state)
{
	struct dagrun_graph *graph = diamond(sum);
	struct dagrun_value result;
	struct dagrun_error error;
	struct dagrun_stats stats;

	(void)state;
	assert_int_equal(dagrun_run(graph, NULL, &result, &error), 0);
	assert_int_equal(value_of(result), 5);
	assert_int_equal(alive, 1);
	dagrun_stats(graph, &stats);
	assert_int_equal(stats.nodes_executed, 4);
	assert_int_equal(stats.peak_bytes, 3 * sizeof(long));
	assert_int_equal(stats.lower_bound_bytes, 3 * sizeof(long));
	dagrun_stats(graph, &stats);
	assert_int_equal(stats.lower_bound_bytes, 3 * sizeof(long));
	dagrun_destroy(graph, "d", result);
	assert_int_equal(alive, 0);
	dagrun_graph_free(graph);
}

static void every_policy_order_and_number_of_workers_gives_the_same(void **state)
{
	static const char *const policy_names[] = { "keep-all", "scan", "refcount", "refcount-path", "donate" };
	static const char *const order_names[] = { "file", "bfs", "dfs", "liu", "greedy", "beam", "exact", "best" };

	(void)state;
	for (int i = 0; i < 5 * 8 * 3; i++) {
		struct dagrun_graph *graph = diamond(bump);
		struct dagrun_options options = { .policy = policy_names[i % 5],
						  .order = order_names[i / 5 % 8], .workers = 1 + (unsigned)i / 40 };
		struct dagrun_value result;
		struct dagrun_error error;

		assert_int_equal(dagrun_run(graph, &options, &result, &error), 0);
		assert_int_equal(value_of(result), 104);
		dagrun_destroy(graph, "d", result);
		assert_int_equal(alive, 0);
		dagrun_graph_free(graph);
	}
}

static void inputs_come_once_each_in_the_order_named(void **state)
{
	struct dagrun_graph *graph = dagrun_graph_new();
	long ten = 10, five = 5;
	struct dagrun_value result;
	struct dagrun_error error;

	(void)state;
	add(graph, "s", bump, DEPS("late", "early", "late"));
	assert_int_equal(dagrun_add_input(graph, "early", (struct dagrun_value){ &five, sizeof five }, &error), 0);
	assert_int_equal(dagrun_add_input(graph, "late", (struct dagrun_value){ &ten, sizeof ten }, &error), 0);
	assert_int_equal(dagrun_run(graph, &(struct dagrun_options){ .policy = "donate" }, &result, &error), 0);
	assert_int_equal(value_of(result), 110);
	dagrun_destroy(graph, "s", result);
	dagrun_graph_free(graph);
	assert_int_equal(ten, 10);
}

/* Names and reasons of what was told, in order. */
static void note(void *context, const char *node, enum dagrun_status status, const char *reason)
{
	char *text = context;

	snprintf(text + strlen(text), 400 - strlen(text), "%s%s%s%s%s ", node,
		 status == DAGRUN_DONE ? "" : status == DAGRUN_SKIPPED ? "-" : "!",
		 reason ? "(" : "", reason ? reason : "", reason ? ")" : "");
}

static void a_failure_names_the_node_and_skips_its_consumers(void **state)
{
	struct dagrun_graph *graph = diamond(fail_always);
	char told[400] = "";
	struct dagrun_options options = { .observe = note, .observe_context = told };
	struct dagrun_value result = { &told, 77 };
	struct dagrun_error error;

	(void)state;
	add(graph, "e", sum, DEPS("d"));
	add(graph, "other", sum, DEPS("a"));
	assert_int_equal(dagrun_run(graph, &options, &result, &error), DAGRUN_FAILED);
	assert_string_equal(error.message, "node 'c' failed: no luck; its inputs: a (8 B)");
	assert_string_equal(told, "a b c! d-('c' has no result) e-('d' has no result) "
				  "other-(the run was stopped) ");
	assert_int_equal(result.bytes, 77);
	assert_int_equal(alive, 0);
	told[0] = '\0';
	options.keep_going = 1;
	options.workers = 1;
	assert_int_equal(dagrun_run(graph, &options, &result, &error), DAGRUN_FAILED);
	assert_string_equal(told, "a b c! d-('c' has no result) e-('d' has no result) other ");
	assert_int_equal(alive, 0);
	dagrun_graph_free(graph);
}

static int cancel_now;

static int cancel(struct dagrun_call *call)
{
	__atomic_store_n(&cancel_now, 1, __ATOMIC_RELEASE);
	return sum(call);
}

static void a_cancelled_run_stops_before_the_next_node_and_leaves_nothing(void **state)
{
	struct dagrun_graph *graph = diamond(cancel);
	struct dagrun_value result;
	struct dagrun_error error;

	(void)state;
	cancel_now = 0;
	assert_int_equal(dagrun_run(graph, &(struct dagrun_options){ .cancel = &cancel_now }, &result, &error),
			 DAGRUN_CANCELLED);
	assert_string_equal(error.message, "cancelled at node 'd'");
	assert_int_equal(alive, 0);
	dagrun_graph_free(graph);
}

static void an_override_spares_what_leads_to_it(void **state)
{
	struct dagrun_graph *graph = diamond(fail_always);
	long seven = 7;
	struct dagrun_override override = { "c", { &seven, sizeof seven } };
	struct dagrun_options options = { .overrides = &override, .override_count = 1 };
	struct dagrun_value result;
	struct dagrun_error error;

	(void)state;
	assert_int_equal(dagrun_run(graph, &options, &result, &error), 0);
	assert_int_equal(value_of(result), 10);
	dagrun_destroy(graph, "d", result);
	/* For that run only. */
	assert_int_equal(dagrun_run(graph, NULL, &result, &error), DAGRUN_FAILED);
	override.name = "nix";
	assert_int_equal(dagrun_run(graph, &options, &result, &error), DAGRUN_USAGE);
	assert_int_equal(alive, 0);
	dagrun_graph_free(graph);
}

static void what_is_no_dag_is_refused_before_anything_runs(void **state)
{
	struct dagrun_graph *graph = dagrun_graph_new();
	struct dagrun_value result;
	struct dagrun_error error;

	(void)state;
	add(graph, "a", fail_always, DEPS("b"));
	add(graph, "b", fail_always, DEPS("a"));
	assert_int_equal(dagrun_run(graph, NULL, &result, &error), DAGRUN_INVALID);
	assert_non_null(strstr(error.message, "2 nodes on a cycle: "));
	assert_int_equal(dagrun_run(graph, NULL, &result, &error), DAGRUN_USAGE);
	dagrun_graph_free(graph);

	graph = dagrun_graph_new();
	add(graph, "a", fail_always, NULL);
	assert_int_equal(dagrun_add(graph, &(struct dagrun_node){ .name = "a", .run = sum }, &error), DAGRUN_INVALID);
	assert_int_equal(dagrun_add(graph, &(struct dagrun_node){ .name = "z" }, &error), DAGRUN_USAGE);
	assert_int_equal(dagrun_add(graph, &(struct dagrun_node){ .run = sum }, &error), DAGRUN_USAGE);
	dagrun_graph_free(graph);
}

static void a_budget_below_the_lower_bound_is_refused(void **state)
{
	struct dagrun_graph *graph = diamond(sum);
	struct dagrun_value result;
	struct dagrun_error error;

	(void)state;
	assert_int_equal(dagrun_run(graph, &(struct dagrun_options){ .budget_bytes = 23 }, &result, &error),
			 DAGRUN_LIMIT);
	assert_string_equal(error.message, "a budget of 23 B is below the lower bound of 24 B: no order can run in it");
	assert_int_equal(dagrun_run(graph, &(struct dagrun_options){ .budget_bytes = 24, .workers = 4 },
				    &result, &error), 0);
	dagrun_destroy(graph, "d", result);
	assert_int_equal(alive, 0);
	dagrun_graph_free(graph);
}

/* --- Maps --------------------------------------------------------------------------- */

static int count_of_input(struct dagrun_call *call, size_t *count)
{
	*count = (size_t)value_of(call->inputs[0]);
	return 0;
}

static int item(struct dagrun_call *call, size_t index)
{
	call->result = number((long)index);
	return 0;
}

static int fail_at_three(struct dagrun_call *call)
{
	return value_of(call->inputs[0]) == 3 ? fail_always(call) : sum(call);
}

static int add_up(struct dagrun_call *call)
{
	const struct dagrun_items *items = call->inputs[0].data;
	long total = 0;

	for (size_t i = 0; i < items->count; i++)
		total += value_of(items->values[i]);
	call->result = number(total);
	return 0;
}

/* n items, n known when "a" and "b" have run: 0 .. n-1, each plus 101, then added up. */
static struct dagrun_graph *mapping(dagrun_function first, const char *last)
{
	struct dagrun_graph *graph = dagrun_graph_new(), *block = dagrun_graph_new();
	struct dagrun_map map = { .name = "each", .deps = DEPS("b"), .count = count_of_input, .item = item,
				  .destroy_item = drop, .block = block, .expected_items = 4 };
	struct dagrun_error error;

	assert_int_equal(dagrun_add_input(block, "item", (struct dagrun_value){ NULL, 0 }, &error), 0);
	add(block, "first", first, DEPS("item"));
	add(block, "second", bump, DEPS("first"));
	add(graph, "a", sum, NULL);
	add(graph, "b", bump, DEPS("a"));
	assert_int_equal(dagrun_add_map(graph, &map, &error), 0);
	add(graph, "total", add_up, DEPS("each"));
	assert_int_equal(dagrun_request(graph, last, &error), 0);
	return graph;
}

static void a_map_runs_its_block_per_item_and_collects(void **state)
{
	static const char *const policy_names[] = { "keep-all", "scan", "refcount-path", "donate" };

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct dagrun_graph *graph = mapping(sum, "total");
		struct dagrun_value result;
		struct dagrun_error error;

		assert_int_equal(dagrun_run(graph, &(struct dagrun_options){ .policy = policy_names[i % 4],
						   .workers = 1 + i / 4 }, &result, &error), 0);
		assert_int_equal(value_of(result), 100 * 101 / 2 + 101 * 101);
		dagrun_destroy(graph, "total", result);
		assert_int_equal(alive, 0);
		dagrun_graph_free(graph);
	}
}

static void a_map_may_be_an_output(void **state)
{
	struct dagrun_graph *graph = mapping(sum, "each");
	struct dagrun_value result;
	struct dagrun_error error;

	(void)state;
	assert_int_equal(dagrun_run(graph, NULL, &result, &error), 0);
	assert_int_equal(((struct dagrun_items *)result.data)->count, 101);
	assert_int_equal(result.bytes, 101 * sizeof(long));
	assert_int_equal(alive, 101);
	dagrun_destroy(graph, "each", result);
	assert_int_equal(alive, 0);
	dagrun_graph_free(graph);
}

static void a_map_is_cancelled_between_items(void **state)
{
	struct dagrun_graph *graph = mapping(cancel, "total");
	struct dagrun_value result;
	struct dagrun_error error;

	(void)state;
	cancel_now = 0;
	assert_int_equal(dagrun_run(graph, &(struct dagrun_options){ .cancel = &cancel_now }, &result, &error),
			 DAGRUN_CANCELLED);
	assert_string_equal(error.message, "cancelled at node 'each'");
	assert_int_equal(alive, 0);
	dagrun_graph_free(graph);
}

static void a_failing_item_is_named_and_nothing_is_left(void **state)
{
	static const char *const policy_names[] = { "keep-all", "refcount-path", "donate" };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct dagrun_graph *graph = mapping(fail_at_three, "total");
		struct dagrun_value result;
		struct dagrun_error error;

		assert_int_equal(dagrun_run(graph, &(struct dagrun_options){ .policy = policy_names[i] },
					    &result, &error), DAGRUN_FAILED);
		assert_string_equal(error.message, "node 'each' failed: item 3: no luck; its inputs: b (8 B)");
		assert_int_equal(alive, 0);
		dagrun_graph_free(graph);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_get_inputs_and_give_results),
		cmocka_unit_test(every_policy_order_and_number_of_workers_gives_the_same),
		cmocka_unit_test(inputs_come_once_each_in_the_order_named),
		cmocka_unit_test(a_failure_names_the_node_and_skips_its_consumers),
		cmocka_unit_test(a_cancelled_run_stops_before_the_next_node_and_leaves_nothing),
		cmocka_unit_test(an_override_spares_what_leads_to_it),
		cmocka_unit_test(what_is_no_dag_is_refused_before_anything_runs),
		cmocka_unit_test(a_budget_below_the_lower_bound_is_refused),
		cmocka_unit_test(a_map_runs_its_block_per_item_and_collects),
		cmocka_unit_test(a_map_may_be_an_output),
		cmocka_unit_test(a_map_is_cancelled_between_items),
		cmocka_unit_test(a_failing_item_is_named_and_nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
