#include "analyzer/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"

struct stage {
	struct arena arena;
	struct limits limits;
	struct error err;
};

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof *stage);

	if (!stage)
		return -1;
	limits_init(&stage->limits, &stage->arena);
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	arena_release(&stage->arena);
	free(stage);
	return 0;
}

static const struct limit *set(struct stage *stage, const char *name, const char *value)
{
	if (limits_set(&stage->limits, name, value, &stage->err))
		fail_msg("%s", stage->err.message);
	return &stage->limits.list[stage->limits.count - 1];
}

static void assert_refused(struct stage *stage, const char *name, const char *value,
			   const char *words)
{
	assert_int_equal(limits_set(&stage->limits, name, value, &stage->err), ERROR_USAGE);
	if (!strstr(stage->err.message, words))
		fail_msg("%s %s: '%s' does not say '%s'", name, value, stage->err.message, words);
}

static void a_limit_of_the_process(void **state)
{
	const struct limit *limit = set(*state, "max-peak", " 300 MiB ");

	assert_int_equal(limit->quantity, CHECK_PEAK);
	assert_int_equal(limit->scope, CHECK_PROCESS);
	assert_int_equal(limit->most, 300 << 20);
	assert_null(limit->file);
	assert_int_equal(set(*state, "max-leak", "0")->most, 0);
	assert_int_equal(set(*state, "max-allocations", "1000")->most, 1000);
}

static void a_limit_of_what_a_pattern_matches(void **state)
{
	const struct limit *limit = set(*state, "max-live", "function:load_*=10MiB");

	assert_int_equal(limit->scope, CHECK_FUNCTION);
	assert_string_equal(limit->glob, "load_*");
	assert_string_equal(limit->text, "max-live function:load_*=10MiB");
	limit = set(*state, "max-peak", "node = 1KiB");
	assert_int_equal(limit->scope, CHECK_NODE);
	assert_string_equal(limit->glob, "*");
	limit = set(*state, "max-peak", "line:src/a=b.c:7=2");
	assert_string_equal(limit->glob, "src/a=b.c:7");
	limit = set(*state, "max-total", "function:ns::operator==(int, char)=1");
	assert_string_equal(limit->glob, "ns::operator==(int, char)");
}

static void tolerances_are_shares_or_amounts(void **state)
{
	struct stage *stage = *state;
	struct tolerance *tolerance = stage->limits.tolerance;

	assert_true(tolerance[CHECK_PEAK].compared && tolerance[CHECK_LIVE].compared);
	assert_false(tolerance[CHECK_ALLOCATIONS].compared);
	assert_int_equal(limits_set(&stage->limits, "tolerance", "12.5%", &stage->err), 0);
	assert_true(tolerance[CHECK_PEAK].relative && tolerance[CHECK_LIVE].relative);
	assert_true(tolerance[CHECK_LIVE].share == 0.125);
	assert_int_equal(limits_set(&stage->limits, "tolerance", "allocations=7", &stage->err), 0);
	assert_true(tolerance[CHECK_ALLOCATIONS].compared && !tolerance[CHECK_ALLOCATIONS].relative);
	assert_int_equal(tolerance[CHECK_ALLOCATIONS].amount, 7);
	assert_int_equal(limits_set(&stage->limits, "tolerance", "peak=64KiB", &stage->err), 0);
	assert_int_equal(tolerance[CHECK_PEAK].amount, 65536);
	assert_true(tolerance[CHECK_LIVE].relative);
}

static void what_makes_no_sense_is_refused_in_words(void **state)
{
	assert_refused(*state, "max-peak", "lots", "--max-peak: 'lots' is no size");
	assert_refused(*state, "max-peak", "", "is no size");
	assert_refused(*state, "max-peak", "-1", "is no size");
	assert_refused(*state, "max-allocations", "1MiB", "is no number of allocations");
	assert_refused(*state, "max-allocations", "99999999999999999999", "is no number");
	assert_refused(*state, "max-live", "stack:x=1", "none of line:, function:");
	assert_refused(*state, "max-live", "node:=1", "with a pattern");
	assert_refused(*state, "max-live", "nodes=1", "none of");
	assert_refused(*state, "max-transient", "1", "only nodes have that");
	assert_refused(*state, "max-retained", "line:x=1", "only nodes have that");
	assert_refused(*state, "tolerance", "transient=1", "nothing like");
	assert_refused(*state, "max-speed", "1", "no limit 'max-speed'");
	assert_refused(*state, "tolerance", "x%", "no percentage");
	assert_refused(*state, "tolerance", "nan%", "no percentage");
	assert_refused(*state, "tolerance", "-5%", "no percentage");
	assert_refused(*state, "tolerance", "speed=5%", "nothing like 'speed'");
	assert_refused(*state, "baseline", "", "needs a profile");
	assert_int_equal(((struct stage *)*state)->limits.count, 0);
}

static int parse(struct stage *stage, const char *text)
{
	return limits_parse(&stage->limits, "ci/budget", text, strlen(text), &stage->err);
}

static void a_file_has_a_setting_a_line_and_comments(void **state)
{
	struct stage *stage = *state;
	const struct limits *limits = &stage->limits;

	if (parse(stage, "# what the nightly run may use\n\n"
		  "max-peak 300MiB\t# all of it\r\n"
		  "  max-live   file:a#b.c = 1 KiB\n"
		  "baseline base.dagmem@loaded\nnew-site 0\n"
		  "tolerance 1%"))
		fail_msg("%s", stage->err.message);
	assert_int_equal(limits->count, 2);
	assert_int_equal(limits->list[0].most, 300 << 20);
	assert_int_equal(limits->list[0].line, 3);
	assert_string_equal(limits->list[0].file, "ci/budget");
	assert_string_equal(limits->list[0].text, "max-peak 300MiB");
	assert_string_equal(limits->list[1].glob, "a#b.c");
	assert_int_equal(limits->list[1].line, 4);
	assert_string_equal(limits->baseline, "ci/base.dagmem@loaded");
	assert_int_equal(limits->new_site_bytes, 0);
	assert_true(limits->tolerance[CHECK_PEAK].share == 0.01);
}

static void errors_of_a_file_name_the_line(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(parse(stage, "max-peak 1\n\nmax-live x\n"), ERROR_FORMAT);
	assert_string_equal(stage->err.message, "ci/budget:3: 'x' is no size");
	assert_int_equal(parse(stage, "max-peak"), ERROR_FORMAT);
	assert_string_equal(stage->err.message, "ci/budget:1: '' is no size");
	assert_int_equal(parse(stage, "peak 1"), ERROR_FORMAT);
	assert_string_equal(stage->err.message, "ci/budget:1: there is no setting 'peak'");
	assert_int_equal(limits_parse(&stage->limits, "b", "\n\0", 2, &stage->err), ERROR_FORMAT);
	assert_string_equal(stage->err.message, "b:2: this is no text");
}

static void many_limits_are_kept_in_order(void **state)
{
	struct stage *stage = *state;
	char value[32];

	for (int i = 0; i < 100; i++) {
		snprintf(value, sizeof value, "%d", i);
		set(stage, "max-total", value);
	}
	assert_int_equal(stage->limits.count, 100);
	for (uint64_t i = 0; i < 100; i++)
		assert_int_equal(stage->limits.list[i].most, i);
}

static void a_file_that_is_none_is_told(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(limits_read(&stage->limits, "/nowhere/budget", &stage->err), ERROR_SYSTEM);
	assert_int_equal(limits_read(&stage->limits, "/", &stage->err), ERROR_SYSTEM);
	assert_int_equal(limits_read(&stage->limits, "/dev/zero", &stage->err), ERROR_FORMAT);
}

#define on_stage(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stage(a_limit_of_the_process),
		on_stage(a_limit_of_what_a_pattern_matches),
		on_stage(tolerances_are_shares_or_amounts),
		on_stage(what_makes_no_sense_is_refused_in_words),
		on_stage(a_file_has_a_setting_a_line_and_comments),
		on_stage(errors_of_a_file_name_the_line),
		on_stage(many_limits_are_kept_in_order),
		on_stage(a_file_that_is_none_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
