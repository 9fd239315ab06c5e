#include "reports/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "sample_views.h"

static const struct report_options OPTIONS = { 0 };

/* Render with `call`, which may use `out` and `err`, and parse into `json`. */
#define RENDER(json, call)                                                                 \
	do {                                                                               \
		char *text = NULL;                                                         \
		size_t length = 0;                                                         \
		struct error err = ERROR_INIT;                                             \
		FILE *out = open_memstream(&text, &length);                                \
		json_error_t problem;                                                      \
                                                                                           \
		assert_int_equal(call, 0);                                                 \
		assert_int_equal(fclose(out), 0);                                          \
		json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);         \
		if (!json)                                                                 \
			fail_msg("line %d: %s", problem.line, problem.text);               \
		free(text);                                                                \
	} while (0)

/* The value at "a.b.2.c" in `json`. */
static json_t *at(json_t *json, const char *path)
{
	char key[64];

	while (json && *path) {
		size_t length = strcspn(path, ".");

		snprintf(key, sizeof key, "%.*s", (int)length, path);
		json = json_is_array(json) ? json_array_get(json, strtoul(key, NULL, 10)) :
					     json_object_get(json, key);
		path += path[length] ? length + 1 : length;
	}
	return json;
}

static void assert_number(json_t *json, const char *path, long long expected)
{
	if (!json_is_integer(at(json, path)))
		fail_msg("%s is no integer", path);
	assert_true(json_integer_value(at(json, path)) == expected);
}

static void assert_text(json_t *json, const char *path, const char *expected)
{
	if (!json_is_string(at(json, path)))
		fail_msg("%s is no string", path);
	assert_string_equal(json_string_value(at(json, path)), expected);
}

static void assert_null_at(json_t *json, const char *path)
{
	if (!json_is_null(at(json, path)))
		fail_msg("%s is not null", path);
}

static void top_has_its_fields(void **state)
{
	struct view_top view = sample_top();
	json_t *json;

	(void)state;
	RENDER(json, report_json.top(&view, &OPTIONS, out, &err));
	assert_text(json, "schema", "dagmem.top/1");
	assert_text(json, "at", "exit");
	assert_text(json, "metric", "live");
	assert_text(json, "by", "line");
	assert_number(json, "total.bytes", 137444114);
	assert_number(json, "total.count", 99187);
	assert_int_equal(json_array_size(at(json, "rows")), 6);
	assert_number(json, "rows.1.rank", 2);
	assert_number(json, "rows.1.bytes", 20074803);
	assert_number(json, "rows.1.count", 64);
	assert_text(json, "rows.1.function", "load_table");
	assert_text(json, "rows.1.file", "/home/user/project/src/load.c");
	assert_number(json, "rows.1.line", 33);
	assert_text(json, "rows.1.module", "/home/user/project/prog");
	assert_text(json, "rows.1.source", "\tt->rows = malloc(n * sizeof *t->rows);  ");
	assert_number(json, "other.rows", 536);
	assert_number(json, "other.bytes", 38550733);
	assert_number(json, "other.count", 98999);
	assert_number(json, "peak.bytes", 140402688);
	assert_number(json, "peak.bound_bytes", 262144);
	assert_number(json, "quality.walks_truncated", 3);
	assert_number(json, "quality.walks_failed", 0);
	assert_text(json, "quality.notes.0", "the disk is full: new stacks are folded");
	json_decref(json);
}

static void what_is_not_known_is_null(void **state)
{
	struct view_top view = sample_top();
	json_t *json;

	(void)state;
	RENDER(json, report_json.top(&view, &OPTIONS, out, &err));
	assert_null_at(json, "rows.2.file");
	assert_null_at(json, "rows.2.line");
	assert_null_at(json, "rows.3.function");
	assert_null_at(json, "rows.4.module");
	assert_null_at(json, "process.signal");
	json_decref(json);
}

static void bytes_that_are_no_utf8_do_not_break_it(void **state)
{
	struct view_top view = sample_top();
	json_t *json;

	(void)state;
	RENDER(json, report_json.top(&view, &OPTIONS, out, &err));
	assert_text(json, "process.command.3", "caf\xef\xbf\xbd");
	assert_text(json, "rows.5.file", "/tmp/a,\"b\"\033[31m.c");
	json_decref(json);
}

static void stacks_are_outermost_first(void **state)
{
	struct view_top view = sample_top_by_stack();
	json_t *json;

	(void)state;
	RENDER(json, report_json.top(&view, &OPTIONS, out, &err));
	assert_int_equal(json_array_size(at(json, "rows.0.stack")), 3);
	assert_text(json, "rows.0.stack.0.function", "_start");
	assert_text(json, "rows.0.stack.2.function", "load_table");
	assert_true(json_is_true(at(json, "rows.0.stack.1.inlined")));
	json_decref(json);
}

static void diff_has_its_fields(void **state)
{
	struct view_diff view = sample_diff();
	json_t *json;

	(void)state;
	RENDER(json, report_json.diff(&view, &OPTIONS, out, &err));
	assert_text(json, "schema", "dagmem.diff/1");
	assert_text(json, "rows.0.function", "load_table");
	assert_number(json, "rows.0.line", 33);
	assert_number(json, "rows.0.bytes", 524288);
	assert_number(json, "rows.0.bytes_diff", 524288 - 20027801);
	assert_number(json, "rows.0.count", 2);
	assert_number(json, "rows.0.count_diff", -62);
	assert_number(json, "total.bytes_diff", 525824 - 20029901);
	assert_number(json, "other.rows", 7);
	assert_text(json, "old.at", "after \"load\"");
	json_decref(json);
}

static void info_has_its_fields(void **state)
{
	static const char *const TOTALS[] = {
		"allocations", "allocated_bytes", "frees", "freed_bytes", "live_bytes", "live_count",
		"peak_bytes", "temporaries",
	};
	struct view_info view = sample_info();
	json_t *json;

	(void)state;
	RENDER(json, report_json.info(&view, &OPTIONS, out, &err));
	assert_text(json, "schema", "dagmem.info/1");
	assert_text(json, "command.2", "a b");
	assert_number(json, "pid", 4711);
	assert_text(json, "state", "exited");
	assert_number(json, "exit_status", 3);
	for (size_t i = 0; i < sizeof TOTALS / sizeof *TOTALS; i++)
		assert_true(json_is_integer(json_object_get(at(json, "totals"), TOTALS[i])));
	assert_number(json, "totals.allocations", 123456789012);
	assert_number(json, "threads", 8);
	assert_number(json, "call_tree_nodes", 34567);
	assert_number(json, "profile_bytes", 3145728);
	assert_number(json, "tracer_memory_bytes", 10485760);
	assert_number(json, "quality.events_dropped", 0);
	assert_null_at(json, "rss.allocator_free_bytes");
	assert_int_equal(json_array_size(at(json, "size_class_allocations")), 256);
	assert_number(json, "size_class_allocations.255", 1);
	assert_number(json, "children.0.peak_bytes", 5242880);
	assert_number(json, "children.0.signal", 9);
	json_decref(json);
}

static void a_program_that_executed_another_has_no_status(void **state)
{
	struct view_info view = sample_info();
	json_t *json;

	(void)state;
	RENDER(json, report_json.info(&view, &OPTIONS, out, &err));
	assert_true(json_is_false(at(json, "executed")));
	json_decref(json);
	view.process.state = "executed";
	RENDER(json, report_json.info(&view, &OPTIONS, out, &err));
	assert_text(json, "state", "exited");
	assert_true(json_is_true(at(json, "executed")));
	assert_null_at(json, "exit_status");
	json_decref(json);
}

static void timeline_has_its_series(void **state)
{
	struct view_timeline view = sample_timeline();
	json_t *json;

	(void)state;
	RENDER(json, report_json.timeline(&view, &OPTIONS, out, &err));
	assert_text(json, "schema", "dagmem.timeline/1");
	assert_int_equal(json_array_size(at(json, "heap")), 64);
	assert_number(json, "heap.1.0", 100000000);
	assert_number(json, "heap.1.1", 4194304);
	assert_int_equal(json_array_size(at(json, "mapped")), 0);
	assert_text(json, "snapshots.1.label", "after load");
	assert_true(json_is_true(at(json, "snapshots.0.automatic")));
	assert_number(json, "peak.time_ns", 3100000000);
	json_decref(json);
}

static void *failing_malloc(size_t size);
static size_t allocations_left;

static void *failing_malloc(size_t size)
{
	return allocations_left-- ? malloc(size) : NULL;
}

/* Every allocation of jansson's fails in turn until the rendering succeeds. */
static void no_memory_is_an_error_and_no_crash(void **state)
{
	struct view_info view = sample_info();
	int code = ERROR_NO_MEMORY;
	size_t failures = 0;

	(void)state;
	json_set_alloc_funcs(failing_malloc, free);
	for (; code != 0; failures++) {
		char *text = NULL;
		size_t length = 0;
		struct error err = ERROR_INIT;
		FILE *out = open_memstream(&text, &length);

		allocations_left = failures;
		code = report_json.info(&view, &OPTIONS, out, &err);
		assert_true(code == 0 || code == ERROR_NO_MEMORY);
		fclose(out);
		free(text);
	}
	json_set_alloc_funcs(malloc, free);
	assert_true(failures > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(top_has_its_fields),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(bytes_that_are_no_utf8_do_not_break_it),
		cmocka_unit_test(stacks_are_outermost_first),
		cmocka_unit_test(diff_has_its_fields),
		cmocka_unit_test(info_has_its_fields),
		cmocka_unit_test(a_program_that_executed_another_has_no_status),
		cmocka_unit_test(timeline_has_its_series),
		cmocka_unit_test(no_memory_is_an_error_and_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
