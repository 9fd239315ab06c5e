#include "analyzer/fold.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "analyzer/merge.h"

/* 0 > 1 > 2, 1 > 3, 0 > 4 */
static const struct view_tree_node tree[] = {
	{ 0, 0, false }, { 0, 10, false }, { 1, 11, false }, { 1, 12, false }, { 0, 13, false },
};
enum { COUNT = sizeof tree / sizeof tree[0] };

static void judge(struct fold *fold, const uint64_t *values)
{
	fold_begin(fold);
	for (uint32_t i = 0; i < COUNT; i++)
		fold_add(fold, i, values[i]);
	fold_judge(fold);
}

static void what_is_small_is_its_callers(void **state)
{
	static const uint64_t bytes[COUNT] = { 0, 0, 995, 5, 0 };
	struct view_tree_node kept[COUNT];
	uint32_t shown[COUNT];
	struct fold fold;

	(void)state;
	assert_int_equal(fold_init(&fold, tree, COUNT, 0.01), 0);
	judge(&fold, bytes);
	assert_int_equal(fold_apply(&fold, shown, kept), 3);
	assert_int_equal(kept[2].frame, 11);
	assert_int_equal(shown[2], 2);
	assert_int_equal(shown[3], shown[1]);
	assert_int_equal(shown[4], 0);
	fold_release(&fold);
}

static void one_measure_that_is_large_is_enough(void **state)
{
	static const uint64_t bytes[COUNT] = { 0, 0, 995, 5, 0 };
	static const uint64_t blocks[COUNT] = { 0, 0, 1, 1000, 1 };
	struct view_tree_node kept[COUNT];
	uint32_t shown[COUNT];
	struct fold fold;

	(void)state;
	assert_int_equal(fold_init(&fold, tree, COUNT, 0.01), 0);
	judge(&fold, bytes);
	judge(&fold, blocks);
	assert_int_equal(fold_apply(&fold, shown, kept), 4);
	assert_int_equal(shown[3], 3);
	assert_int_equal(shown[4], 0);
	fold_release(&fold);
}

static void without_a_share_only_what_has_nothing_goes(void **state)
{
	static const uint64_t bytes[COUNT] = { 0, 0, 1000000, 1, 0 };
	struct view_tree_node kept[COUNT];
	uint32_t shown[COUNT];
	struct fold fold;

	(void)state;
	assert_int_equal(fold_init(&fold, tree, COUNT, 0), 0);
	judge(&fold, bytes);
	assert_int_equal(fold_apply(&fold, shown, kept), 4);
	fold_release(&fold);
}

/* Two call sites on one line; a place where 7 is inlined into 6. */
static void frames_that_are_the_same_under_the_same_callers_are_merged(void **state)
{
	static struct frame_place places[] = { { 0, 0 }, { 0, 1 }, { 1, 1 }, { 2, 2 } };
	static uint32_t frames[] = { 5, 5, 7, 6 };
	static struct frame_node nodes[] = { { 0, 0 }, { 0, 1 }, { 0, 2 }, { 1, 3 }, { 2, 3 } };
	const struct call_frames call_frames = {
		.places = places, .frames = frames, .nodes = nodes,
		.place_count = 4, .frame_count = 4, .node_count = 5,
	};
	struct merged merged;

	(void)state;
	assert_int_equal(merge_frames(&call_frames, &merged), 0);
	assert_int_equal(merged.count, 4);
	assert_int_equal(merged.of_node[1], merged.of_node[2]);
	assert_int_equal(merged.of_node[3], merged.of_node[4]);
	assert_int_equal(merged.nodes[merged.of_node[3]].frame, 7);
	assert_true(merged.nodes[merged.of_node[3]].inlined);
	assert_int_equal(merged.nodes[merged.nodes[merged.of_node[3]].parent].frame, 6);
	merged_release(&merged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_small_is_its_callers),
		cmocka_unit_test(one_measure_that_is_large_is_enough),
		cmocka_unit_test(without_a_share_only_what_has_nothing_goes),
		cmocka_unit_test(frames_that_are_the_same_under_the_same_callers_are_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
