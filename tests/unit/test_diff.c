/* diff: what changed between two moments, and between two builds. */
#include "profile_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analyzer/diff.h"

static void a_diff_has_what_changed_by_size_of_change(void **state)
{
	struct profile_stage *stage = *state;
	struct snapshot_row rows[] = {
		{ .account = stage->f, .allocations = 1, .allocated_bytes = 1000 },
		{ .account = stage->g, .allocations = 1, .allocated_bytes = 500 },
	};
	struct query_options options = { .metric = METRIC_LIVE };
	struct view_diff view;

	builder_snapshot(stage->builder, "old", SNAPSHOT_NAMED, 2000, rows, 2);
	profile_stage_open(stage);
	assert_int_equal(diff_datasets(stage->data, "old", stage->data, NULL, &options, &view,
				       &stage->err), 0);
	assert_int_equal(view.row_count, 1);    /* g did not change */
	assert_int_equal(view.rows[0].old_bytes, 1000);
	assert_int_equal(view.rows[0].new_bytes, 700);
	assert_int_equal(view.rows[0].old_count, 1);
	assert_int_equal(view.rows[0].new_count, 8);
	profile_stage_assert_file(&view.rows[0].frame, "prog.c", 1);
	assert_string_equal(view.old_at, "old");
	assert_string_equal(view.new_at, "exit");
	assert_int_equal(view.old_total.bytes, 1500);
	assert_int_equal(view.new_total.bytes, 1200);
	view_diff_free(&view);
}

static void profiles_of_different_builds_are_matched_by_name(void **state)
{
	struct profile_stage *stage = *state;
	struct query_options options = { .metric = METRIC_LIVE };
	struct profile_builder *old = stage->builder;
	char old_spec[160];
	struct view_diff view;

	profile_stage_open(stage);
	snprintf(old_spec, sizeof old_spec, "%s@exit", stage->profile);
	/* Another build: every address differs. */
	assert_int_equal(workshop_run(stage->shop, "gcc -g -O0 -DX -fcf-protection=none"
				      " -Wl,--build-id -Wl,-Ttext-segment=0x100000 -o prog prog.c"), 0);
	stage->builder = builder_new();
	profile_stage_fill(stage);
	builder_charge(stage->builder, stage->g, 1, 250, 0);
	snprintf(stage->profile, sizeof stage->profile, "%s/new.dagmem", stage->shop->path);
	builder_write(stage->builder, stage->profile, 0);
	assert_int_equal(diff_profiles(old_spec, stage->profile, &options, NULL, &view, &stage->err),
			 0);
	assert_int_equal(view.row_count, 1);
	profile_stage_assert_file(&view.rows[0].frame, "prog.c", 2);
	assert_int_equal(view.rows[0].old_bytes, 500);
	assert_int_equal(view.rows[0].new_bytes, 750);
	view_diff_free(&view);
	builder_free(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stage(a_diff_has_what_changed_by_size_of_change),
		on_stage(profiles_of_different_builds_are_matched_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
