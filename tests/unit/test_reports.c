#include "reports/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "reports/clean.h"
#include "reports/names.h"
#include "sample_views.h"

static const struct report_options PLAIN = { .columns = 60, .ascii = true };
static const struct report_options FULL = { .columns = 60, .full_paths = true, .colour = true };

/* Render with `call`, which may use `out` and `err`, and compare with the golden file. */
#define ASSERT_RENDERS(golden, call)                                                       \
	do {                                                                               \
		char *text = NULL;                                                         \
		size_t length = 0;                                                         \
		struct error err = ERROR_INIT;                                             \
		FILE *out = open_memstream(&text, &length);                                \
                                                                                           \
		assert_non_null(out);                                                      \
		assert_int_equal(call, 0);                                                 \
		assert_int_equal(fclose(out), 0);                                          \
		assert_golden(golden, text, length);                                       \
		free(text);                                                                \
	} while (0)

static void top_has_the_form_of_tracemalloc(void **state)
{
	struct view_top view = sample_top();

	(void)state;
	ASSERT_RENDERS("top.txt", report_text.top(&view, &PLAIN, out, &err));
}

static void top_can_show_full_paths_and_colour(void **state)
{
	struct view_top view = sample_top();

	(void)state;
	ASSERT_RENDERS("top_full.txt", report_text.top(&view, &FULL, out, &err));
}

static void top_by_count_ranks_allocations(void **state)
{
	struct view_top view = sample_top();

	(void)state;
	view.metric = METRIC_COUNT;
	view.by = BY_FUNCTION;
	ASSERT_RENDERS("top_count.txt", report_text.top(&view, &PLAIN, out, &err));
}

static void top_by_file_shows_names(void **state)
{
	struct view_top view = sample_top();

	(void)state;
	view.by = BY_FILE;
	view.at = "peak";
	view.rows[0].name = "/home/user/project/src/load.c";
	view.row_count = 2;
	ASSERT_RENDERS("top_file.txt", report_text.top(&view, &PLAIN, out, &err));
}

static void top_by_stack_prints_tracebacks(void **state)
{
	struct view_top view = sample_top_by_stack();

	(void)state;
	ASSERT_RENDERS("top_stack.txt", report_text.top(&view, &PLAIN, out, &err));
}

static void diff_has_the_form_of_tracemalloc(void **state)
{
	struct view_diff view = sample_diff();

	(void)state;
	ASSERT_RENDERS("diff.txt", report_text.diff(&view, &PLAIN, out, &err));
}

static void info_tells_what_is_and_what_is_not_known(void **state)
{
	struct view_info view = sample_info();

	(void)state;
	ASSERT_RENDERS("info.txt", report_text.info(&view, &PLAIN, out, &err));
}

static void timeline_plots_in_ascii(void **state)
{
	struct view_timeline view = sample_timeline();

	(void)state;
	ASSERT_RENDERS("timeline_ascii.txt", report_text.timeline(&view, &PLAIN, out, &err));
}

static void timeline_plots_in_braille(void **state)
{
	struct view_timeline view = sample_timeline();
	struct report_options braille = { .columns = 60 };

	(void)state;
	ASSERT_RENDERS("timeline.txt", report_text.timeline(&view, &braille, out, &err));
}

static void a_dag_is_shown_in_all_forms(void **state)
{
	struct view_dag view = sample_dag();
	struct report_options two = PLAIN;

	(void)state;
	ASSERT_RENDERS("dag.txt", report_text.dag(&view, &PLAIN, out, &err));
	two.limit = 2;
	two.node = "extract";
	ASSERT_RENDERS("dag_node.txt", report_text.dag(&view, &two, out, &err));
	ASSERT_RENDERS("dag.json", report_json.dag(&view, &PLAIN, out, &err));
	ASSERT_RENDERS("dag.csv", report_csv.dag(&view, &PLAIN, out, &err));
}

static void a_timeline_has_lanes_of_nodes(void **state)
{
	static struct view_span spans[] = { { 0, 1000000000 }, { 3000000000, 3000000001 }, { 6300000000, 6500000000 } };
	static struct view_lane lanes[] = { { "load", spans, 2, 5, 6 }, { "a very long name", spans + 2, 1, 7, 8 } };
	struct view_timeline view = sample_timeline();

	(void)state;
	view.lanes = lanes;
	view.lane_count = 2;
	view.other_lanes = 3;
	ASSERT_RENDERS("timeline_lanes.txt", report_text.timeline(&view, &PLAIN, out, &err));
}

static char *rendered_top(const struct view_top *view, const struct report_options *options)
{
	char *text = NULL;
	size_t length = 0;
	struct error err = ERROR_INIT;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	assert_int_equal(report_text.top(view, options, out, &err), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void expect_in_top(const struct view_top *view, const struct report_options *options,
			  const char *wanted)
{
	char *text = rendered_top(view, options);

	if (!strstr(text, wanted))
		fail_msg("no '%s' in:\n%s", wanted, text);
	free(text);
}

static void long_source_lines_are_cut_to_their_columns(void **state)
{
	struct view_row row = { .rank = 1, .frame = { .file = "a.c", .line = 1 } };
	struct view_top view = { .rows = &row, .row_count = 1, .by = BY_LINE };
	struct report_options options = { .source_columns = 20 };

	(void)state;
	row.frame.source = "  sixteen_letters;\n";
	expect_in_top(&view, &options, "\n    sixteen_letters;\n");
	row.frame.source = "seventeen_letters;";
	expect_in_top(&view, &options, "\n    seventeen_lette…\n");
	row.frame.source = "ääääääääääääääää";
	expect_in_top(&view, &options, "\n    ääääääääääääääää\n");
	row.frame.source = "äääääääääääääääää";
	expect_in_top(&view, &options, "\n    äääääääääääääää…\n");
	options.ascii = true;
	expect_in_top(&view, &options, "\n    äääääääääääää...\n");
	options.source_columns = 0;
	expect_in_top(&view, &options, "\n    äääääääääääääääää\n");
}

static void modules_without_debug_information_are_named(void **state)
{
	const char *modules[] = { "/lib/libm.so.6", "libz.so", "/lib/libc.so.6", "/lib/d", "/lib/e" };
	struct view_top view = {
		.quality = { .modules_without_debug_info = 5, .plain_modules = modules,
			     .plain_module_count = 3 },
	};

	(void)state;
	expect_in_top(&view, &PLAIN, "those modules: libm.so.6, libz.so, libc.so.6\n");
	expect_in_top(&view, &PLAIN, "--debuginfod\n");
	view.quality.plain_module_count = 5;
	expect_in_top(&view, &PLAIN, "those modules: libm.so.6, libz.so, libc.so.6 and 2 more\n");
}

static void a_timeline_without_samples_is_an_empty_plot(void **state)
{
	struct view_timeline view = { .duration_ns = 0 };

	(void)state;
	ASSERT_RENDERS("timeline_empty.txt", report_text.timeline(&view, &PLAIN, out, &err));
}

static void csv_follows_rfc_4180(void **state)
{
	struct view_top top = sample_top();
	struct view_top stacks = sample_top_by_stack();
	struct view_diff diff = sample_diff();

	(void)state;
	ASSERT_RENDERS("top.csv", report_csv.top(&top, &PLAIN, out, &err));
	ASSERT_RENDERS("top_stack.csv", report_csv.top(&stacks, &PLAIN, out, &err));
	ASSERT_RENDERS("diff.csv", report_csv.diff(&diff, &PLAIN, out, &err));
}

static void control_characters_never_reach_the_terminal(void **state)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	clean_print("a\033[31mb\nc\td\x7f", out);
	fclose(out);
	assert_string_equal(text, "a?[31mb?c\td?");
	free(text);
}

static void assert_clean(const char *text, const char *expected)
{
	char *clean = clean_utf8(text);

	assert_string_equal(clean, expected);
	free(clean);
}

static void invalid_utf8_is_replaced_and_valid_kept(void **state)
{
	(void)state;
	assert_clean("", "");
	assert_clean("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80", "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80");
	assert_clean("\xe9t\xe9", "\xef\xbf\xbdt\xef\xbf\xbd");
	assert_clean("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");
	assert_clean("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_clean("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	assert_clean("cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd");
}

static void names_go_both_ways(void **state)
{
	(void)state;
	for (int i = 0; i < METRICS; i++) {
		enum metric metric = METRICS;

		assert_true(metric_parse(metric_name((enum metric)i), &metric));
		assert_int_equal(metric, i);
		assert_non_null(strstr(metric_names(), metric_name((enum metric)i)));
	}
	for (int i = 0; i < GROUPINGS; i++) {
		enum grouping by = GROUPINGS;

		assert_true(grouping_parse(grouping_name((enum grouping)i), &by));
		assert_int_equal(by, i);
		assert_non_null(strstr(grouping_names(), grouping_name((enum grouping)i)));
	}
	enum metric metric;

	assert_false(metric_parse("", &metric));
	assert_false(metric_parse("lives", &metric));
}

static void every_form_is_found_by_its_name(void **state)
{
	(void)state;
	for (const struct report *const *report = REPORTS; *report; report++)
		assert_ptr_equal(report_find((*report)->name), *report);
	assert_null(report_find("docx"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(top_has_the_form_of_tracemalloc),
		cmocka_unit_test(top_can_show_full_paths_and_colour),
		cmocka_unit_test(top_by_count_ranks_allocations),
		cmocka_unit_test(top_by_file_shows_names),
		cmocka_unit_test(top_by_stack_prints_tracebacks),
		cmocka_unit_test(diff_has_the_form_of_tracemalloc),
		cmocka_unit_test(info_tells_what_is_and_what_is_not_known),
		cmocka_unit_test(timeline_plots_in_ascii),
		cmocka_unit_test(timeline_plots_in_braille),
		cmocka_unit_test(a_dag_is_shown_in_all_forms),
		cmocka_unit_test(a_timeline_has_lanes_of_nodes),
		cmocka_unit_test(long_source_lines_are_cut_to_their_columns),
		cmocka_unit_test(modules_without_debug_information_are_named),
		cmocka_unit_test(a_timeline_without_samples_is_an_empty_plot),
		cmocka_unit_test(csv_follows_rfc_4180),
		cmocka_unit_test(control_characters_never_reach_the_terminal),
		cmocka_unit_test(invalid_utf8_is_replaced_and_valid_kept),
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(every_form_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
