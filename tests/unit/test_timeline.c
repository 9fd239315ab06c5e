/* timeline: every sample of a short run, the extremes of a long one. */
#include "profile_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "analyzer/timeline.h"

static void a_timeline_has_every_sample(void **state)
{
	enum { MANY = SAMPLES_PER_PAGE * SAMPLE_PAGES };
	struct profile_stage *stage = *state;
	struct view_timeline view;

	for (uint64_t i = 0; i < MANY; i++)
		builder_sample(stage->builder, 2000 + i * 10, i == 777 ? 123456 : 1000, 5, i);
	builder_rss(stage->builder, 2500, 1 << 20);
	profile_stage_open(stage);
	assert_int_equal(timeline_read(stage->data, &view, &stage->err), 0);
	assert_int_equal(view.heap_count, MANY);
	assert_int_equal(view.heap[0].time_ns, 1000);
	assert_int_equal(view.heap[777].value, 123456);
	assert_int_equal(view.allocations[MANY - 1].value, MANY - 1);
	assert_int_equal(view.rss_count, 1);
	assert_int_equal(view.rss[0].value, 1 << 20);
	view_timeline_free(&view);
}

/* More samples than a profile can hold, put into its store by hand. */
static void add_samples(const char *store, int count, int largest_at)
{
	sqlite3 *db;
	char sql[256];

	assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
	snprintf(sql, sizeof sql, "WITH RECURSIVE t (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM t"
		 " WHERE n < %d) INSERT INTO sample SELECT 1, n * 3, CASE n WHEN %d THEN 99999"
		 " WHEN %d THEN 1 ELSE 500 END, 0, n FROM t", count - 1, largest_at, largest_at + 1);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_long_timeline_is_thinned_but_keeps_its_extremes(void **state)
{
	enum { MANY = 50000, LARGEST_AT = 31234 };
	struct profile_stage *stage = *state;
	struct view_timeline view;
	bool largest = false, least = false;

	profile_stage_open(stage);
	add_samples(dataset_store_path(stage->data), MANY, LARGEST_AT);
	assert_int_equal(timeline_read(stage->data, &view, &stage->err), 0);
	assert_true(view.heap_count <= TIMELINE_POINTS_MAX);
	assert_true(view.heap_count > TIMELINE_POINTS_MAX / 8);
	for (size_t i = 0; i < view.heap_count; i++) {
		assert_true(!i || view.heap[i - 1].time_ns < view.heap[i].time_ns);
		largest |= view.heap[i].value == 99999 && view.heap[i].time_ns == LARGEST_AT * 3;
		least |= view.heap[i].value == 1 && view.heap[i].time_ns == (LARGEST_AT + 1) * 3;
	}
	assert_true(largest && least);
	assert_int_equal(view.heap[0].time_ns, 0);
	assert_int_equal(view.heap[view.heap_count - 1].time_ns, (MANY - 1) * 3);
	view_timeline_free(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stage(a_timeline_has_every_sample),
		on_stage(a_long_timeline_is_thinned_but_keeps_its_extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
