/* info: sums, resident memory taken apart, the processes of one run. */
#include "profile_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analyzer/info.h"

static void info_adds_up_and_takes_rss_apart(void **state)
{
	struct profile_stage *stage = *state;
	struct view_info view;

	builder_rss(stage->builder, 2500, 1 << 20);
	builder_header(stage->builder)->allocator_free_bytes = 1000;
	builder_header(stage->builder)->private_bytes = 2000;
	builder_shard(stage->builder, 0)->size_class[4] = 11;
	profile_stage_open(stage);
	assert_int_equal(info_read(stage->data, &view, &stage->err), 0);
	assert_int_equal(view.totals.allocations, 13);
	assert_int_equal(view.totals.allocated_bytes, 1600);
	assert_int_equal(view.totals.frees, 4);
	assert_int_equal(view.totals.freed_bytes, 400);
	assert_int_equal(view.totals.live_bytes, 1200);
	assert_int_equal(view.totals.mapped_bytes, 8192);
	assert_int_equal(view.call_tree_nodes, 4);
	assert_int_equal(view.size_class[4], 11);
	assert_int_equal(view.rss.rss, view.rss.requested + view.rss.slack + view.rss.allocator_free +
			 view.rss.mapped + view.rss.tracer + view.rss.other);
	assert_int_equal(view.rss.requested, 1200);
	assert_int_equal(view.child_count, 0);
	view_info_free(&view);
}

static void info_finds_the_processes_of_the_same_run(void **state)
{
	struct profile_stage *stage = *state;
	struct view_info view;
	char path[160];

	builder_header(stage->builder)->run_id = 5;
	for (uint32_t i = 1; i <= 3; i++) {
		builder_header(stage->builder)->pid = i;
		builder_header(stage->builder)->start_realtime_ns = 100 - i;
		builder_header(stage->builder)->run_id = i == 3 ? 6 : 5;
		snprintf(path, sizeof path, "%s/%u.dagmem", stage->shop->path, i);
		builder_write(stage->builder, path, 0);
	}
	builder_header(stage->builder)->run_id = 5;
	profile_stage_open(stage);
	assert_int_equal(info_read(stage->data, &view, &stage->err), 0);
	assert_int_equal(view.child_count, 2);
	assert_int_equal(view.children[0].pid, 2);      /* began first */
	assert_int_equal(view.children[1].pid, 1);
	assert_string_equal(view.children[1].command[0], "prog");
	view_info_free(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stage(info_adds_up_and_takes_rss_apart),
		on_stage(info_finds_the_processes_of_the_same_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
