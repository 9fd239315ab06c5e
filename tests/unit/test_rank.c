/* rank: rows by place, what a limit, a metric, a grouping, a filter and a moment make of them. */
#include "profile_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void rows_are_the_lines_that_called_the_wrapper(void **state)
{
	struct profile_stage *stage = *state;

	profile_stage_open(stage);
	struct view_top view = profile_stage_top(stage, (struct query_options){ .metric = METRIC_LIVE });

	assert_int_equal(view.row_count, 2);
	profile_stage_assert_file(&view.rows[0].frame, "prog.c", 1);
	assert_string_equal(view.rows[0].frame.function, "f");
	assert_string_equal(view.rows[0].frame.source, "void f(void) {}");
	assert_int_equal(view.rows[0].bytes, 700);
	assert_int_equal(view.rows[0].count, 8);
	profile_stage_assert_file(&view.rows[1].frame, "prog.c", 2);
	assert_int_equal(view.rows[1].bytes, 500);
	assert_int_equal(view.rows[1].usable_bytes, 512);
	assert_int_equal(view.total.bytes, 1200);
	assert_string_equal(view.at, "exit");
	assert_string_equal(view.process.command[1], "arg");
	assert_null(view.process.command[2]);
	view_top_free(&view);
}

static void a_limit_puts_the_rest_under_other(void **state)
{
	struct profile_stage *stage = *state;

	profile_stage_open(stage);
	struct view_top view = profile_stage_top(stage, (struct query_options){ .limit = 1 });

	assert_int_equal(view.row_count, 1);
	assert_int_equal(view.other_rows, 1);
	assert_int_equal(view.other.bytes, 500);
	assert_int_equal(view.total.bytes, 1200);
	assert_true(view.rows[0].share > 0.58 && view.rows[0].share < 0.59);
	view_top_free(&view);
}

static void each_metric_has_its_own_bytes_and_count(void **state)
{
	static const struct { enum metric metric; uint64_t bytes, count; } expected[] = {
		{ METRIC_LIVE, 1200, 9 }, { METRIC_PEAK, 1600, 13 }, { METRIC_TOTAL, 1600, 13 },
		{ METRIC_COUNT, 1600, 13 }, { METRIC_TEMPORARY, 0, 3 }, { METRIC_MAPPED, 8192, 1 },
	};
	struct profile_stage *stage = *state;

	profile_stage_open(stage);
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		struct view_top view = profile_stage_top(stage, (struct query_options){
			.metric = expected[i].metric });

		assert_int_equal(view.total.bytes, expected[i].bytes);
		assert_int_equal(view.total.count, expected[i].count);
		view_top_free(&view);
	}
}

static void groupings_name_their_rows(void **state)
{
	struct profile_stage *stage = *state;
	struct view_top view;

	profile_stage_open(stage);
	view = profile_stage_top(stage, (struct query_options){ .by = BY_FILE });
	assert_int_equal(view.row_count, 1);
	assert_string_equal(strrchr(view.rows[0].name, '/'), "/prog.c");
	view_top_free(&view);
	view = profile_stage_top(stage, (struct query_options){ .by = BY_MODULE });
	assert_string_equal(strrchr(view.rows[0].name, '/'), "/prog");
	view_top_free(&view);
	view = profile_stage_top(stage, (struct query_options){ .by = BY_NODE });
	assert_int_equal(view.row_count, 2);
	assert_string_equal(view.rows[0].name, "(outside any node)");
	assert_string_equal(view.rows[1].name, "seventh");
	assert_int_equal(view.rows[1].bytes, 100);
	view_top_free(&view);
}

static void a_stack_is_shown_whole_and_outermost_first(void **state)
{
	struct profile_stage *stage = *state;

	profile_stage_open(stage);
	struct view_top view = profile_stage_top(stage, (struct query_options){ .by = BY_STACK });

	assert_int_equal(view.row_count, 2);
	assert_int_equal(view.rows[0].stack_frames, 3);
	assert_string_equal(view.rows[0].stack[0].function, "main");
	assert_string_equal(view.rows[0].stack[2].function, "xmalloc");
	assert_string_equal(view.rows[0].frame.function, "f");
	view_top_free(&view);
}

/*
 * A call's address is what it returns to, so its line is that of the byte
 * before; what a signal interrupted is the instruction itself.
 */
static void only_an_interrupted_frame_is_looked_up_at_its_very_address(void **state)
{
	struct profile_stage *stage = *state;
	struct profile_builder *builder = stage->builder;
	struct workshop_object object = workshop_object(stage->shop, "prog");
	uint64_t start_of_g = profile_stage_place(&object, "g") - 1;
	uint32_t interrupted = builder_node(builder, 0, start_of_g);
	uint32_t signal = builder_node(builder, interrupted, PLACE(MODULE_NONE, PLACE_SIGNAL));
	uint32_t calling = builder_node(builder, signal, start_of_g);

	builder_dag_node(builder, 9, "ninth", NULL, 0);
	builder_charge(builder, builder_account(builder, calling, 9, ACCOUNT_HEAP), 1, 64, 0);
	profile_stage_open(stage);
	struct view_top view = profile_stage_top(stage, (struct query_options){
		.by = BY_STACK, .node = "ninth" });

	assert_int_equal(view.rows[0].stack_frames, 3);
	assert_string_equal(view.rows[0].stack[0].function, "g");
	assert_string_equal(view.rows[0].stack[1].function, "[signal]");
	assert_string_equal(view.rows[0].stack[2].function, "f");      /* what lies before g */
	view_top_free(&view);
}

/* Else one signal at that moment would move all that the call ever allocated. */
static void a_call_interrupted_just_after_it_returned_keeps_its_line(void **state)
{
	struct profile_stage *stage = *state;
	struct profile_builder *builder = stage->builder;
	struct workshop_object object = workshop_object(stage->shop, "prog");
	uint32_t call = builder_node(builder, 0, profile_stage_place(&object, "g") - 1);
	uint32_t signal = builder_node(builder, call, PLACE(MODULE_NONE, PLACE_SIGNAL));
	uint32_t handler = builder_node(builder, signal, profile_stage_place(&object, "g"));

	builder_charge(builder, builder_account(builder, call, 9, ACCOUNT_HEAP), 1, 64, 0);
	builder_dag_node(builder, 9, "ninth", NULL, 0);
	builder_charge(builder, builder_account(builder, handler, 9, ACCOUNT_HEAP), 1, 32, 0);
	profile_stage_open(stage);
	struct view_top view = profile_stage_top(stage, (struct query_options){
		.by = BY_STACK, .node = "ninth" });

	assert_int_equal(view.row_count, 2);
	assert_string_equal(view.rows[0].stack[0].function, "f");      /* what lies before g */
	assert_string_equal(view.rows[1].stack[0].function, "f");
	view_top_free(&view);
}

static void a_rebuilt_module_is_named_and_not_used(void **state)
{
	struct profile_stage *stage = *state;

	builder_write(stage->builder, stage->profile, 0);
	assert_int_equal(workshop_run(stage->shop, "gcc -g -O1 -DX -Wl,--build-id=0x1234 -o prog prog.c"),
			 0);
	profile_stage_open(stage);
	struct view_top view = profile_stage_top(stage, (struct query_options){ .limit = 1 });

	assert_null(view.rows[0].frame.function);
	assert_true(view.rows[0].frame.module_offset > 0);
	assert_int_equal(view.quality.modules_rebuilt, 1);
	assert_int_equal(view.quality.note_count, 1);
	assert_non_null(strstr(view.quality.notes[0], "/prog is another build"));
	view_top_free(&view);
}

static void leaf_and_skip_move_the_owner(void **state)
{
	static const char *const globs[] = { "f" };
	struct profile_stage *stage = *state;
	struct view_top view;

	profile_stage_open(stage);
	view = profile_stage_top(stage, (struct query_options){ .leaf = true });
	assert_string_equal(view.rows[0].frame.function, "xmalloc");
	view_top_free(&view);
	view = profile_stage_top(stage, (struct query_options){ .skip = { globs, 1 } });
	assert_string_equal(view.rows[0].frame.function, "main");
	view_top_free(&view);
}

static void totals_follow_the_filters(void **state)
{
	struct profile_stage *stage = *state;

	profile_stage_open(stage);
	assert_int_equal(profile_stage_filtered(stage, "f", NULL, false), 700);
	assert_int_equal(profile_stage_filtered(stage, "function:g", NULL, false), 500);
	assert_int_equal(profile_stage_filtered(stage, "file:g", NULL, false), 0);
	assert_int_equal(profile_stage_filtered(stage, "*/prog.c", NULL, false), 1200);
	assert_int_equal(profile_stage_filtered(stage, "prog.c", NULL, false), 1200);
	assert_int_equal(profile_stage_filtered(stage, "module:prog", "g", false), 700);
	assert_int_equal(profile_stage_filtered(stage, NULL, "main", false), 1200);
	assert_int_equal(profile_stage_filtered(stage, NULL, "main", true), 0);
	assert_int_equal(profile_stage_filtered(stage, "xmalloc", NULL, true), 700);
}

static void one_node_is_asked_for_alone(void **state)
{
	struct profile_stage *stage = *state;

	profile_stage_open(stage);
	struct view_top view = profile_stage_top(stage, (struct query_options){ .node = "seventh" });

	assert_int_equal(view.total.bytes, 100);
	view_top_free(&view);
	view = profile_stage_top(stage, (struct query_options){ .node = VIEW_OUTSIDE_NODES });
	assert_int_equal(view.total.bytes, 1100);
	view_top_free(&view);
	assert_int_equal(rank_top(stage->data, &(struct query_options){ .node = "no such" }, &view,
				  &stage->err), ERROR_NOT_FOUND);
}

static void a_snapshot_is_found_by_its_newest_label(void **state)
{
	struct profile_stage *stage = *state;
	struct snapshot_row early = { .account = stage->f, .allocations = 1, .allocated_bytes = 10 };
	struct snapshot_row late = { .account = stage->f, .allocations = 3, .allocated_bytes = 300,
				     .frees = 1, .freed_bytes = 100 };
	struct query_options options = { .at = "here" };
	struct view_top view;

	builder_snapshot(stage->builder, "here", SNAPSHOT_NAMED, 2000, &early, 1);
	builder_snapshot(stage->builder, "here", SNAPSHOT_NAMED, 3000, &late, 1);
	profile_stage_open(stage);
	view = profile_stage_top(stage, options);
	assert_string_equal(view.at, "here");
	assert_int_equal(view.total.bytes, 200);
	assert_int_equal(view.total.count, 2);
	view_top_free(&view);
	options.at = "nowhere";
	assert_int_equal(rank_top(stage->data, &options, &view, &stage->err), ERROR_NOT_FOUND);
	assert_non_null(strstr(stage->err.message, "'here'"));
}

static void the_peak_is_asked_for_by_metric_or_by_moment(void **state)
{
	struct profile_stage *stage = *state;
	struct query_options options = { .at = "peak" };
	struct view_top view;

	profile_stage_open(stage);
	view = profile_stage_top(stage, options);
	assert_string_equal(view.at, "peak");
	assert_int_equal(view.total.bytes, 1600);
	view_top_free(&view);
	options.metric = METRIC_TOTAL;
	assert_int_equal(rank_top(stage->data, &options, &view, &stage->err), ERROR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stage(rows_are_the_lines_that_called_the_wrapper),
		on_stage(a_limit_puts_the_rest_under_other),
		on_stage(each_metric_has_its_own_bytes_and_count),
		on_stage(groupings_name_their_rows),
		on_stage(a_stack_is_shown_whole_and_outermost_first),
		on_stage(only_an_interrupted_frame_is_looked_up_at_its_very_address),
		on_stage(a_call_interrupted_just_after_it_returned_keeps_its_line),
		on_stage(a_rebuilt_module_is_named_and_not_used),
		on_stage(leaf_and_skip_move_the_owner),
		on_stage(totals_follow_the_filters),
		on_stage(one_node_is_asked_for_alone),
		on_stage(a_snapshot_is_found_by_its_newest_label),
		on_stage(the_peak_is_asked_for_by_metric_or_by_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
