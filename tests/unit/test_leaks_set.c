/* leaks_set: sums, inheritance and suppressions of several profiles; the words for verdicts. */
#include "analyzer/leaks_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/error.h"
#include "cli/leak_args.h"
#include "reports/report.h"

static struct view_leaks view_of(uint64_t lost, uint64_t reachable, uint64_t inherited)
{
	struct view_leaks view = { .judged = true, .inherited_bytes = inherited,
				   .inherited_blocks = inherited ? 1 : 0 };

	view.total[LEAK_DEFINITE] = (struct view_leak_total){ 1, lost, 2 };
	view.total[LEAK_REACHABLE] = (struct view_leak_total){ 3, reachable, 4 };
	view.suppressed = (struct view_leak_total){ 1, 10, 1 };
	return view;
}

static void add(struct view_leaks_set *set, struct view_leaks view)
{
	struct error err = ERROR_INIT;

	assert_int_equal(leaks_set_add(set, &view, &err), 0);
}

static void sums_are_over_all_profiles(void **state)
{
	struct view_leaks_set set = LEAKS_SET_INIT;

	(void)state;
	add(&set, view_of(100, 7, 0));
	add(&set, view_of(200, 0, 50));
	assert_int_equal(set.count, 2);
	assert_int_equal(set.total[LEAK_DEFINITE].rows, 2);
	assert_int_equal(set.total[LEAK_DEFINITE].bytes, 300);
	assert_int_equal(set.total[LEAK_DEFINITE].blocks, 4);
	assert_int_equal(set.total[LEAK_REACHABLE].bytes, 7);
	assert_int_equal(set.suppressed.bytes, 20);
	assert_int_equal(set.inherited_bytes, 50);
	assert_int_equal(set.inherited_blocks, 1);
	view_leaks_set_free(&set);
	assert_int_equal(set.count, 0);
}

/* By file, line and name: a built-in one has no file. */
static void a_suppression_counts_what_it_hid_anywhere(void **state)
{
	struct view_leaks_set set = LEAKS_SET_INIT;
	struct view_suppression first[] = {
		{ .name = "leak:a", .file = "a.supp", .line = 1, .rows = 1, .bytes = 8, .blocks = 1 },
		{ .name = "leak:b", .file = "a.supp", .line = 2 },
	};
	struct view_suppression second[] = {
		{ .name = "leak:a", .file = "a.supp", .line = 1, .rows = 2, .bytes = 16, .blocks = 3 },
		{ .name = "leak:b", .file = "a.supp", .line = 2 },
		{ .name = "leak:b", .rows = 1, .bytes = 5, .blocks = 1 },
	};
	struct view_leaks one = view_of(0, 0, 0), other = view_of(0, 0, 0);

	(void)state;
	one.suppressions = first;
	one.suppression_count = 2;
	other.suppressions = second;
	other.suppression_count = 3;
	add(&set, one);
	add(&set, other);
	assert_int_equal(set.suppression_count, 3);
	assert_int_equal(set.suppressions[0].rows, 3);
	assert_int_equal(set.suppressions[0].bytes, 24);
	assert_int_equal(set.suppressions[0].blocks, 4);
	assert_int_equal(set.suppressions[1].rows, 0);
	assert_null(set.suppressions[2].file);
	assert_int_equal(set.suppressions[2].bytes, 5);
	view_leaks_set_free(&set);
}

static void verdicts_are_named_by_words_with_commas(void **state)
{
	unsigned verdicts = 99;

	(void)state;
	assert_true(leak_args_verdicts("definite,possible", &verdicts));
	assert_int_equal(verdicts, 1 << LEAK_DEFINITE | 1 << LEAK_POSSIBLE);
	assert_true(leak_args_verdicts("all", &verdicts));
	assert_int_equal(verdicts, 15);
	assert_true(leak_args_verdicts("none", &verdicts));
	assert_int_equal(verdicts, 0);
	verdicts = 99;
	assert_false(leak_args_verdicts("", &verdicts));
	assert_false(leak_args_verdicts("definite,", &verdicts));
	assert_false(leak_args_verdicts("definite possible", &verdicts));
	assert_false(leak_args_verdicts("definitelyandforever", &verdicts));
	assert_false(leak_args_verdicts("unjudged", &verdicts));
	assert_int_equal(verdicts, 99);
}

/* --- Every form of a row that has everything, of one profile and of two -------------- */

static struct view_leaks full_view(void)
{
	static struct view_frame stack[] = {
		{ .function = "main", .file = "/src/a \"b\".c", .module = "/bin/p", .line = 9 },
		{ .function = "f", .file = "/src/a.c", .module = "/bin/p", .line = 3 },
	};
	static struct view_leak_block path = { .blocks = 2, .bytes = 3, .offset = 8, .retained_bytes = 5 };
	static struct view_leak rows[LEAK_VERDICTS];
	struct view_leaks view = { .judged = true, .rows = rows, .row_count = LEAK_VERDICTS,
				   .check = { .label = "exit" },
				   .process = { .pid = 77, .executable = "/bin/p", .profile_path = "p.dagmem" } };

	for (int v = 0; v < LEAK_VERDICTS; v++) {
		rows[v] = (struct view_leak){
			.rank = (uint64_t)v + 1, .verdict = (enum leak_verdict)v, .bytes = 16, .blocks = 1,
			.indirect_bytes = 8, .indirect_blocks = 1, .frame = stack[1], .stack = stack,
			.stack_frames = 2, .node = "load", .path = &path, .path_blocks = 1, .lost_by = "somehow",
			.suppressed_by = v % 2 ? "leak:f" : NULL, .inherited = v == 1,
			.growth = { .verdict = TREND_GROWING, .slope = 100, .low = 90, .high = 110,
				    .confidence = 0.95, .points = 20, .unit = "run", .since = 7 },
		};
		rows[v].held_by = (struct view_holder){ .kind = "global", .text = "global `g`", .symbol = "g" };
		view.total[v] = (struct view_leak_total){ 1, 16, 1 };
	}
	return view;
}

static char *rendered(const struct report *report, const struct view_leaks_set *set)
{
	const struct report_options options = { .source_root = "/src" };
	struct error err = ERROR_INIT;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	if (report->leaks(set, &options, out, &err))
		fail_msg("%s: %s", report->name, err.message);
	fclose(out);
	return text;
}

static json_t *parsed(const struct report *report, const struct view_leaks_set *set)
{
	char *text = rendered(report, set);
	json_t *json = json_loads(text, 0, NULL);

	if (!json)
		fail_msg("%s: no JSON: %s", report->name, text);
	free(text);
	return json;
}

static const char *schema_of(const json_t *json)
{
	return json_string_value(json_object_get(json, "schema"));
}

static void check_row(const json_t *profile, size_t at, const char *verdict)
{
	const json_t *row = json_array_get(json_object_get(profile, "rows"), at);

	assert_string_equal(json_string_value(json_object_get(row, "verdict")), verdict);
	assert_int_equal(json_integer_value(json_object_get(row, "bytes")), 16);
	assert_int_equal(json_array_size(json_object_get(row, "stack")), 2);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(row, "growth"), "since_iteration")), 7);
}

static void json_has_one_profile_or_several(void **state)
{
	struct view_leaks_set set = LEAKS_SET_INIT;
	json_t *json;

	(void)state;
	add(&set, full_view());
	json = parsed(&report_json, &set);
	assert_string_equal(schema_of(json), "dagmem.leaks/1");
	check_row(json, 0, "definite");
	check_row(json, LEAK_REACHABLE, "reachable");
	json_decref(json);
	add(&set, full_view());
	json = parsed(&report_json, &set);
	assert_string_equal(schema_of(json), "dagmem.leaks-set/1");
	assert_int_equal(json_array_size(json_object_get(json, "profiles")), 2);
	check_row(json_array_get(json_object_get(json, "profiles"), 1), LEAK_POSSIBLE, "possible");
	json_decref(json);
	view_leaks_set_free(&set);
}

static void sarif_has_a_result_a_row(void **state)
{
	struct view_leaks_set set = LEAKS_SET_INIT;
	json_t *json, *run, *result;

	(void)state;
	add(&set, full_view());
	json = parsed(&report_sarif, &set);
	run = json_array_get(json_object_get(json, "runs"), 0);
	assert_int_equal(json_array_size(json_object_get(run, "results")), LEAK_VERDICTS);
	result = json_array_get(json_object_get(run, "results"), 0);
	assert_string_equal(json_string_value(json_object_get(result, "ruleId")), "dagmem/leak-definite");
	assert_string_equal(json_string_value(json_object_get(result, "level")), "error");
	assert_null(json_object_get(result, "suppressions"));
	result = json_array_get(json_object_get(run, "results"), 1);
	assert_int_equal(json_array_size(json_object_get(result, "suppressions")), 1);
	json_decref(json);
	view_leaks_set_free(&set);
}

/* A process by itself needs no name. */
static void text_and_csv_name_processes_of_several(void **state)
{
	struct view_leaks_set set = LEAKS_SET_INIT;
	char *text;

	(void)state;
	add(&set, full_view());
	text = rendered(&report_text, &set);
	assert_null(strstr(text, "p.dagmem"));
	assert_non_null(strstr(text, "(95 % sure of +90 B to +110 B, 20 runs), since iteration 7\n"));
	free(text);
	text = rendered(&report_csv, &set);
	assert_memory_equal(text, "rank,", 5);
	free(text);
	add(&set, full_view());
	text = rendered(&report_text, &set);
	assert_non_null(strstr(text, "77 /bin/p, p.dagmem\n"));
	assert_non_null(strstr(text, "These 2 processes together\ndefinitely lost: 32 B in 2 blocks\n"));
	free(text);
	text = rendered(&report_csv, &set);
	assert_memory_equal(text, "pid,program,profile,rank,", 25);
	free(text);
	view_leaks_set_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_over_all_profiles),
		cmocka_unit_test(a_suppression_counts_what_it_hid_anywhere),
		cmocka_unit_test(json_has_one_profile_or_several),
		cmocka_unit_test(sarif_has_a_result_a_row),
		cmocka_unit_test(text_and_csv_name_processes_of_several),
		cmocka_unit_test(verdicts_are_named_by_words_with_commas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
