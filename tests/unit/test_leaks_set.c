/* leaks_set: sums, inheritance and suppressions of several profiles; the words for verdicts. */
#include "analyzer/leaks_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/error.h"
#include "cli/leak_args.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_over_all_profiles),
		cmocka_unit_test(a_suppression_counts_what_it_hid_anywhere),
		cmocka_unit_test(verdicts_are_named_by_words_with_commas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
