/* leak_rows: judged blocks added up by account, verdict and holder; and when there are too many. */
#include "tracer/leak_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hand_heap.h"

enum { SMALL = 4 << 20, ROOTS = 1 << 16, ACCOUNT = 100 };

static struct hand_heap *small(void)
{
	return hand_heap_new(SMALL, ROOTS);
}

static struct leak_rows rows_of(struct hand_heap *hand)
{
	static struct leak_job job;
	struct leak_roots roots = { .ranges = hand->roots };
	struct leak_rows rows;

	assert_true(hand_judge(hand, false));
	assert_true(leak_rows_add_up(&rows, &hand->marker, &job, &roots));
	return rows;
}

/* The row of `account`, which has one. */
static const struct leak_row *row_of(const struct leak_rows *rows, uint32_t account)
{
	const struct leak_row *found = NULL;

	for (uint32_t i = 0; i < rows->count; i++)
		if (rows->row[i].account == account) {
			assert_null(found);
			found = &rows->row[i];
		}
	assert_non_null(found);
	return found;
}

static void blocks_of_a_site_are_one_row_with_their_sums(void **state)
{
	struct hand_heap *hand = small();
	uintptr_t small_one = hand_block(hand, 64, 4, ACCOUNT), large_one = hand_block(hand, 128, 8, ACCOUNT);
	struct leak_rows rows;
	const struct leak_row *row;

	(void)state;
	hand_block(hand, 64, 0, ACCOUNT);
	hand_block(hand, 64, 0, ACCOUNT + 1);
	rows = rows_of(hand);
	assert_int_equal(rows.count, 2);
	row = row_of(&rows, ACCOUNT);
	assert_int_equal(row->verdict, VERDICT_DEFINITE);
	assert_int_equal(row->holder, HELD_BY_NOTHING);
	assert_int_equal(row->blocks, 3);
	assert_int_equal(row->bytes, 60 + 120 + 64);
	assert_int_equal(row->usable_bytes, 256);
	assert_int_equal(row->sample[0], small_one);
	assert_int_equal(row->sample[1], large_one);
	assert_int_equal(row->steps, 0);
	assert_int_equal(row_of(&rows, ACCOUNT + 1)->blocks, 1);
	assert_int_equal(rows.bytes, 60 + 120 + 64 + 64);
	assert_int_equal(rows.verdict_blocks[VERDICT_DEFINITE], 4);
	assert_int_equal(rows.verdict_bytes[VERDICT_DEFINITE], 60 + 120 + 64 + 64);
	assert_false(rows.folded);
	hand_heap_free(hand);
}

static void each_verdict_and_holder_has_a_row_of_its_own(void **state)
{
	struct hand_heap *hand = small();
	uintptr_t head, tail, of_cycle[2], global, stack;
	struct leak_rows rows;
	unsigned seen[LEAK_HOLDERS] = { 0 };

	(void)state;
	head = hand_block(hand, 48, 0, ACCOUNT);
	tail = hand_block(hand, 48, 0, ACCOUNT);
	hand_point(head, 0, tail);
	for (int i = 0; i < 2; i++)
		of_cycle[i] = hand_block(hand, 48, 0, ACCOUNT);
	hand_point(of_cycle[0], 0, of_cycle[1]);
	hand_point(of_cycle[1], 0, of_cycle[0]);
	global = hand_block(hand, 48, 0, ACCOUNT);
	hand_root(hand, HELD_BY_GLOBAL, 0, 0, global);
	stack = hand_block(hand, 48, 0, ACCOUNT);
	hand_root(hand, HELD_BY_STACK, 0, 5, stack);
	rows = rows_of(hand);
	assert_int_equal(rows.count, 5);
	for (uint32_t i = 0; i < rows.count; i++)
		seen[rows.row[i].holder] += (unsigned)rows.row[i].blocks;
	assert_int_equal(seen[HELD_BY_NOTHING], 1);
	assert_int_equal(seen[HELD_BY_LEAK], 1);
	assert_int_equal(seen[HELD_BY_CYCLE], 2);
	assert_int_equal(seen[HELD_BY_GLOBAL], 1);
	assert_int_equal(seen[HELD_BY_STACK], 1);
	hand_heap_free(hand);
}

static void a_row_names_the_thread_the_word_and_the_lost_block(void **state)
{
	struct hand_heap *hand = small();
	uintptr_t held = hand_block(hand, 48, 0, 1), root = hand_root(hand, HELD_BY_TLS, 0, 77, held);
	uintptr_t head = hand_block(hand, 48, 0, 2), tail = hand_block(hand, 48, 0, 3);
	struct leak_rows rows;

	(void)state;
	hand_point(head, 0, tail);
	rows = rows_of(hand);
	assert_int_equal(row_of(&rows, 1)->holder_tid, 77);
	assert_int_equal(row_of(&rows, 1)->holder_address, root);
	assert_int_equal(row_of(&rows, 3)->verdict, VERDICT_INDIRECT);
	assert_int_equal(row_of(&rows, 3)->holder_account, 2);
	hand_heap_free(hand);
}

/* root -> table -> 4 x node -> entry */
static void the_way_goes_from_the_holder_to_the_root_by_accounts(void **state)
{
	struct hand_heap *hand = small();
	uintptr_t table = hand_block(hand, 48, 0, 1), at = table, entry;
	struct leak_rows rows;
	const struct leak_row *row;

	(void)state;
	hand_root(hand, HELD_BY_GLOBAL, 0, 0, table);
	for (int i = 0; i < 4; i++) {
		uintptr_t node = hand_block(hand, 48, 0, 2);

		hand_point(at, 1, node);
		at = node;
	}
	entry = hand_block(hand, 48, 0, 3);
	hand_point(at, 1, entry);
	rows = rows_of(hand);
	row = row_of(&rows, 3);
	assert_int_equal(row->steps, 2);
	assert_int_equal(row->path[0].account, 2);
	assert_int_equal(row->path[0].blocks, 4);
	assert_int_equal(row->path[0].offset, 8);
	assert_int_equal(row->path[1].account, 1);
	assert_int_equal(row->path[1].blocks, 1);
	assert_int_equal(row->path[1].offset, 8);
	assert_int_equal(row->flags & LEAK_PATH_CUT, 0);
	hand_heap_free(hand);
}

static void a_long_way_keeps_both_ends(void **state)
{
	enum { STEPS = 3 * LEAK_STEPS_MAX };
	struct hand_heap *hand = small();
	uintptr_t at = hand_block(hand, 48, 0, 1);
	struct leak_rows rows;
	const struct leak_row *row;

	(void)state;
	hand_root(hand, HELD_BY_GLOBAL, 0, 0, at);
	for (uint32_t i = 2; i <= STEPS; i++) {
		uintptr_t next = hand_block(hand, 48, 0, i);

		hand_point(at, 0, next);
		at = next;
	}
	rows = rows_of(hand);
	row = row_of(&rows, STEPS);
	assert_int_equal(row->steps, LEAK_STEPS_MAX);
	assert_true(row->flags & LEAK_PATH_CUT);
	assert_int_equal(row->path[0].account, STEPS - 1);
	assert_int_equal(row->path[1].account, STEPS - 2);
	assert_int_equal(row->path[LEAK_STEPS_MAX - 1].account, 1);
	hand_heap_free(hand);
}

/* --- Too many ------------------------------------------------------------------------ */

static uint64_t blocks_in(const struct leak_rows *rows)
{
	uint64_t blocks = 0;

	for (uint32_t i = 0; i < rows->count; i++)
		blocks += rows->row[i].blocks;
	return blocks;
}

/* A global array of more pointers than there may be rows. */
static void holders_near_each_other_are_one_row_when_there_are_too_many(void **state)
{
	enum { MANY = 20000 };
	struct hand_heap *hand = small();
	struct leak_rows rows;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		hand_root(hand, HELD_BY_GLOBAL, 0, 0, hand_block(hand, 24, 0, 1));
	rows = rows_of(hand);
	assert_true(rows.folded);
	assert_in_range(rows.count, MANY * 8 / 256, MANY * 8 / 256 + 2);
	assert_int_equal(blocks_in(&rows), MANY);
	assert_int_equal(rows.verdict_blocks[VERDICT_REACHABLE], MANY);
	for (uint32_t i = 0; i < rows.count; i++)
		assert_true(rows.row[i].blocks == 1 || rows.row[i].flags & LEAK_HOLDER_FOLDED);
	hand_heap_free(hand);
}

static void words_of_a_frame_are_one_row_from_the_start(void **state)
{
	struct hand_heap *hand = small();
	struct leak_rows rows;

	(void)state;
	for (int i = 0; i < 64; i++)
		hand_root(hand, HELD_BY_STACK, 0, 5, hand_block(hand, 24, 0, 1));
	rows = rows_of(hand);
	assert_false(rows.folded);
	assert_in_range(rows.count, 2, 3);
	hand_heap_free(hand);
}

/* Stacks alone: nothing is left to be put together, but for the sums. */
static void past_the_last_row_blocks_are_in_the_sums_alone(void **state)
{
	enum { MANY = (1 << 20) + 500 };
	struct hand_heap *hand = hand_heap_new((size_t)MANY * 64, 1);
	struct leak_rows rows;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		hand_block(hand, 24, 0, 1 + i);
	rows = rows_of(hand);
	assert_true(rows.folded);
	assert_int_equal(rows.count, 1 << 20);
	assert_int_equal(rows.verdict_blocks[VERDICT_DEFINITE], MANY);
	assert_int_equal(rows.bytes, (uint64_t)MANY * 24);
	hand_heap_free(hand);
}

static void an_empty_heap_has_no_rows(void **state)
{
	struct hand_heap *hand = small();
	struct leak_rows rows = rows_of(hand);

	(void)state;
	assert_int_equal(rows.count, 0);
	assert_int_equal(rows.bytes, 0);
	hand_heap_free(hand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_a_site_are_one_row_with_their_sums),
		cmocka_unit_test(each_verdict_and_holder_has_a_row_of_its_own),
		cmocka_unit_test(a_row_names_the_thread_the_word_and_the_lost_block),
		cmocka_unit_test(the_way_goes_from_the_holder_to_the_root_by_accounts),
		cmocka_unit_test(a_long_way_keeps_both_ends),
		cmocka_unit_test(holders_near_each_other_are_one_row_when_there_are_too_many),
		cmocka_unit_test(words_of_a_frame_are_one_row_from_the_start),
		cmocka_unit_test(past_the_last_row_blocks_are_in_the_sums_alone),
		cmocka_unit_test(an_empty_heap_has_no_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
