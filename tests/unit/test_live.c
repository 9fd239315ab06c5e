#include "analyzer/live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "live_stage.h"

static struct live_rows ask(struct live_stage *stage, struct live_query query)
{
	struct live_rows rows;

	assert_int_equal(live_rows(stage->live, &query, &stage->arena, &rows), 0);
	return rows;
}

static struct live_rows ask_nodes(struct live_stage *stage)
{
	const struct live_query query = { .sort = LIVE_BY_OWN };
	struct live_rows rows;

	assert_int_equal(live_nodes(stage->live, &query, &stage->arena, &rows), 0);
	return rows;
}

static const struct live_row *find(const struct live_rows *rows, const char *function)
{
	for (size_t i = 0; i < rows->count; i++)
		if (rows->rows[i].frame.function && !strcmp(rows->rows[i].frame.function, function))
			return &rows->rows[i];
	return NULL;
}

static void rows_are_those_of_top(void **state)
{
	struct live_rows rows = ask(*state, (struct live_query){ .sort = LIVE_BY_OWN });

	assert_int_equal(rows.count, 2);
	assert_string_equal(rows.rows[0].frame.function, "f");
	assert_int_equal(rows.rows[0].frame.line, 1);
	assert_int_equal(rows.rows[0].own_bytes, 700);
	assert_int_equal(rows.rows[0].own_blocks, 8);
	assert_int_equal(rows.rows[0].allocations, 12);
	assert_int_equal(rows.rows[1].own_bytes, 500);
}

static void totals_count_callees(void **state)
{
	struct live_rows rows = ask(*state, (struct live_query){ .sort = LIVE_BY_TOTAL });

	assert_string_equal(rows.rows[0].frame.function, "main");
	assert_int_equal(rows.rows[0].total_bytes, 1200);
	assert_int_equal(rows.rows[0].own_bytes, 0);
	assert_int_equal(find(&rows, "f")->total_bytes, 700);
	assert_int_equal(find(&rows, "xmalloc")->total_bytes, 700);
}

static void recursion_is_counted_once(void **state)
{
	struct live_stage *stage = *state;
	uint32_t g = live_stage_node(stage, live_stage_node(stage, stage->main, "h"), "h");
	uint32_t account = builder_account(stage->builder, live_stage_node(stage, g, "h"), 0, ACCOUNT_HEAP);

	builder_charge(stage->builder, account, 1, 64, 0);
	live_stage_look(stage);
	struct live_rows rows = ask(stage, (struct live_query){ .sort = LIVE_BY_TOTAL });

	assert_int_equal(find(&rows, "h")->total_bytes, 64);
}

static void what_is_new_appears_and_rates_are_of_the_last_look(void **state)
{
	struct live_stage *stage = *state;
	uint32_t h = live_stage_node(stage, stage->main, "h");

	builder_charge(stage->builder, builder_account(stage->builder, h, 0, ACCOUNT_HEAP), 3, 1000, 0);
	live_stage_look(stage);
	struct live_rows rows = ask(stage, (struct live_query){ .sort = LIVE_BY_OWN });

	assert_int_equal(rows.count, 3);
	assert_string_equal(rows.rows[0].frame.function, "h");
	assert_true(rows.rows[0].own_rate == 3000);
	assert_true(rows.rows[1].own_rate == 0);
	live_stage_look(stage);
	rows = ask(stage, (struct live_query){ .sort = LIVE_BY_OWN });
	assert_true(rows.rows[0].own_rate == 0);
}

/* Its id is handed out, and others after it, but its place is not written yet. */
static void a_node_that_is_being_written_is_waited_for(void **state)
{
	struct live_stage *stage = *state;
	uint32_t young = live_stage_node(stage, stage->main, "h");
	struct tree_node *node = (struct tree_node *)builder_page(stage->builder, PAGE_NODES, 0, 0) + young;
	uint32_t later = live_stage_node(stage, stage->main, "g");
	uint64_t place = node->place;

	builder_charge(stage->builder, builder_account(stage->builder, young, 0, ACCOUNT_HEAP), 1, 9, 0);
	builder_charge(stage->builder, builder_account(stage->builder, later, 0, ACCOUNT_HEAP), 1, 5, 0);
	node->place = 0;
	live_stage_look(stage);
	node = (struct tree_node *)builder_page(stage->builder, PAGE_NODES, 0, 0) + young;
	node->place = place;
	live_stage_look(stage);
	struct live_rows rows = ask(stage, (struct live_query){ .sort = LIVE_BY_OWN });

	assert_int_equal(find(&rows, "h")->own_bytes, 9);
	assert_int_equal(find(&rows, "g")->own_bytes, 505);
}

static void a_node_that_is_never_written_is_given_up(void **state)
{
	struct live_stage *stage = *state;
	uint32_t lost = live_stage_node(stage, stage->main, "h");
	uint32_t later = live_stage_node(stage, stage->main, "h");

	builder_charge(stage->builder, builder_account(stage->builder, later, 0, ACCOUNT_HEAP), 1, 9, 0);
	((struct tree_node *)builder_page(stage->builder, PAGE_NODES, 0, 0))[lost].place = 0;
	live_stage_look(stage);
	live_stage_look(stage);
	struct live_rows rows = ask(stage, (struct live_query){ .sort = LIVE_BY_OWN });

	assert_int_equal(find(&rows, "h")->own_bytes, 9);
}

static void nodes_have_their_names(void **state)
{
	struct live_rows rows = ask_nodes(*state);

	assert_int_equal(rows.count, 2);
	assert_string_equal(rows.rows[0].name, VIEW_OUTSIDE_NODES);
	assert_int_equal(rows.rows[0].own_bytes, 1100);
	assert_string_equal(rows.rows[1].name, "join");
	assert_int_equal(rows.rows[1].own_bytes, 100);
}

static void a_node_that_the_profile_can_not_have_is_none(void **state)
{
	struct live_stage *stage = *state;
	uint32_t account = builder_account(stage->builder, stage->main, UINT32_MAX, ACCOUNT_HEAP);

	builder_charge(stage->builder, account, 1, 7, 0);
	builder_header(stage->builder)->dag_nodes = UINT32_MAX;
	live_stage_look(stage);
	assert_int_equal(ask_nodes(stage).rows[0].own_bytes, 1107);
}

static void one_thread_alone(void **state)
{
	struct live_stage *stage = *state;
	struct counter *counter = builder_counter(stage->builder, 3, stage->g);
	size_t count;

	counter->allocations = 2;
	counter->allocated_bytes = 80;
	builder_shard(stage->builder, 3)->owners = 1;
	strcpy(builder_shard(stage->builder, 3)->thread_name, "worker");
	live_stage_look(stage);
	const struct live_thread *threads = live_threads(stage->live, &count);

	assert_string_equal(threads[count - 1].name, "worker");
	live_choose_shard(stage->live, threads[count - 1].shard);
	live_stage_look(stage);
	struct live_rows rows = ask(stage, (struct live_query){ .sort = LIVE_BY_OWN });

	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.rows[0].own_bytes, 80);
	live_choose_shard(stage->live, LIVE_ALL_THREADS);
	live_stage_look(stage);
	rows = ask(stage, (struct live_query){ .sort = LIVE_BY_OWN });
	assert_int_equal(find(&rows, "g")->own_bytes, 580);
}

static void a_filter_looks_at_names(void **state)
{
	struct live_rows rows = ask(*state, (struct live_query){ .filter = "PROG.C" });

	assert_int_equal(rows.matched, 2);
	rows = ask(*state, (struct live_query){ .filter = "no such thing" });
	assert_int_equal(rows.matched, 0);
	rows = ask(*state, (struct live_query){ .limit = 1 });
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.matched, 2);
}

static void rows_may_be_functions_files_or_modules(void **state)
{
	struct live_stage *stage = *state;

	assert_int_equal(live_group_by(stage->live, BY_FILE, &stage->err), 0);
	struct live_rows rows = ask(stage, (struct live_query){ .sort = LIVE_BY_OWN });

	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.rows[0].own_bytes, 1200);
	assert_non_null(strstr(rows.rows[0].name, "prog.c"));
	assert_int_equal(live_group_by(stage->live, BY_MODULE, &stage->err), 0);
	rows = ask(stage, (struct live_query){ .sort = LIVE_BY_OWN });
	assert_string_equal(rows.rows[0].name, stage->object.path);
	assert_int_equal(rows.rows[0].total_bytes, 1200);
}

/* f leaks at each look, more than a history holds; g is a cache that fills up and stays. */
static void what_grows_steadily_is_suspect_and_a_full_cache_is_not(void **state)
{
	struct live_stage *stage = *state;

	for (int i = 0; i < 3 * LIVE_HISTORY; i++) {
		builder_charge(stage->builder, stage->f, 1, 100, 0);
		if (i < LIVE_HISTORY / 2)
			builder_charge(stage->builder, stage->g, 1, 400, 0);
		live_stage_look(stage);
	}
	struct live_rows rows = ask(stage, (struct live_query){ .growing = true });

	assert_int_equal(rows.count, 1);
	assert_string_equal(rows.rows[0].frame.function, "f");
	assert_true(rows.rows[0].growth.slope == 100);
	assert_true(rows.rows[0].history_count <= LIVE_HISTORY);
	assert_true(rows.rows[0].history_count >= LIVE_HISTORY / 2);
}

static void an_ended_program_says_how(void **state)
{
	struct live_stage *stage = *state;
	struct profile_header *header = builder_header(stage->builder);

	header->state = STATE_KILLED;
	header->signal = 9;
	live_stage_look(stage);
	assert_string_equal(live_state(stage->live), "killed");
	assert_int_equal(live_process(stage->live).signal, 9);
	assert_string_equal(live_process(stage->live).command[1], "arg");
}

static void after_a_look_that_fails_the_rows_are_still_there(void **state)
{
	struct live_stage *stage = *state;

	assert_int_equal(truncate(stage->profile, 3 * PAGE_BYTES), 0);
	assert_int_not_equal(live_look(stage->live, stage->now_ns, &stage->err), 0);
	struct live_rows rows = ask(stage, (struct live_query){ .sort = LIVE_BY_OWN });

	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.rows[0].own_bytes, 700);
	live_stage_look(stage);
}

#define LIVE_TEST(name) cmocka_unit_test_setup_teardown(name, live_stage_set_up, live_stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(rows_are_those_of_top),
		LIVE_TEST(totals_count_callees),
		LIVE_TEST(recursion_is_counted_once),
		LIVE_TEST(what_is_new_appears_and_rates_are_of_the_last_look),
		LIVE_TEST(a_node_that_is_being_written_is_waited_for),
		LIVE_TEST(a_node_that_is_never_written_is_given_up),
		LIVE_TEST(nodes_have_their_names),
		LIVE_TEST(a_node_that_the_profile_can_not_have_is_none),
		LIVE_TEST(one_thread_alone),
		LIVE_TEST(a_filter_looks_at_names),
		LIVE_TEST(rows_may_be_functions_files_or_modules),
		LIVE_TEST(what_grows_steadily_is_suspect_and_a_full_cache_is_not),
		LIVE_TEST(an_ended_program_says_how),
		LIVE_TEST(after_a_look_that_fails_the_rows_are_still_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
