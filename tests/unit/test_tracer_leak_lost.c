/* leak_lost: which lost blocks are lost by themselves, which with others, and in which cycle. */
#include "tracer/leak_lost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hand_heap.h"
#include "tests/unit/random.h"

enum { SMALL = 1 << 20, ROOTS = 64, MANY = 64 };

static struct hand_heap *of_blocks(uintptr_t *block, unsigned count)
{
	struct hand_heap *hand = hand_heap_new(SMALL, ROOTS);

	for (unsigned i = 0; i < count; i++)
		block[i] = hand_block(hand, 64, 0, i + 1);
	return hand;
}

/* The block that `block` is lost by. */
static uintptr_t lost_by(const struct hand_heap *hand, uintptr_t block)
{
	return (uintptr_t)hand->heap.block[hand->marker.mark[leak_heap_find(&hand->heap, block)].holder].address;
}

static bool is_of_cycle(const struct hand_heap *hand, uintptr_t block)
{
	return (hand->marker.state[leak_heap_find(&hand->heap, block)] & STATE_CYCLE) != 0;
}

static void what_nothing_points_to_is_lost_by_itself(void **state)
{
	uintptr_t block[2];
	struct hand_heap *hand = of_blocks(block, 2);

	(void)state;
	hand_point(block[1], 3, block[1]);      /* itself is nothing */
	assert_true(hand_judge(hand, false));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(hand_verdict(hand, block[i]), VERDICT_DEFINITE);
		assert_false(is_of_cycle(hand, block[i]));
		assert_int_equal(lost_by(hand, block[i]), block[i]);
	}
	hand_heap_free(hand);
}

/* head -> 1 -> 2, and into the inside and to the end of others. */
static void what_a_lost_block_leads_to_is_lost_with_it(void **state)
{
	uintptr_t block[5];
	struct hand_heap *hand = of_blocks(block, 5);

	(void)state;
	hand_point(block[4], 0, block[1]);
	hand_point(block[1], 7, block[0]);
	hand_point(block[0], 1, block[2] + 24);
	hand_point(block[2], 1, block[3] + 64);
	assert_true(hand_judge(hand, false));
	assert_int_equal(hand_verdict(hand, block[4]), VERDICT_DEFINITE);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(hand_verdict(hand, block[i]), VERDICT_INDIRECT);
		assert_int_equal(lost_by(hand, block[i]), block[4]);
	}
	hand_heap_free(hand);
}

static void all_of_a_cycle_are_definite_and_name_its_first_block(void **state)
{
	uintptr_t block[4];
	struct hand_heap *hand = of_blocks(block, 4);
	uint32_t way[4], count;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		hand_point(block[i], 2, block[(i + 1) % 3]);
	hand_point(block[1], 0, block[3]);
	assert_true(hand_judge(hand, false));
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(hand_verdict(hand, block[i]), VERDICT_DEFINITE);
		assert_true(is_of_cycle(hand, block[i]));
		assert_int_equal(lost_by(hand, block[i]), block[0]);
	}
	assert_int_equal(hand_verdict(hand, block[3]), VERDICT_INDIRECT);
	count = leak_lost_cycle(&hand->marker, 0, way, 4);
	assert_int_equal(count, 2);
	assert_int_equal(way[0], 2);            /* the last first */
	assert_int_equal(way[1], 1);
	assert_int_equal(leak_lost_cycle(&hand->marker, 0, way, 1), 1);
	hand_heap_free(hand);
}

static void a_cycle_that_something_leads_to_is_lost_with_that(void **state)
{
	uintptr_t block[5];
	struct hand_heap *hand = of_blocks(block, 5);

	(void)state;
	hand_point(block[0], 0, block[1]);      /* head -> ring of two */
	hand_point(block[1], 0, block[2]);
	hand_point(block[2], 0, block[1]);
	hand_point(block[3], 0, block[4]);      /* ring of two -> nothing more */
	hand_point(block[4], 0, block[3]);
	assert_true(hand_judge(hand, false));
	assert_int_equal(hand_verdict(hand, block[0]), VERDICT_DEFINITE);
	assert_int_equal(hand_verdict(hand, block[1]), VERDICT_INDIRECT);
	assert_int_equal(hand_verdict(hand, block[2]), VERDICT_INDIRECT);
	assert_false(is_of_cycle(hand, block[1]));
	assert_int_equal(hand_verdict(hand, block[3]), VERDICT_DEFINITE);
	assert_int_equal(hand_verdict(hand, block[4]), VERDICT_DEFINITE);
	hand_heap_free(hand);
}

/* Two rings, the first leads to the second. */
static void of_cycles_in_a_row_the_first_alone_is_definite(void **state)
{
	uintptr_t block[4];
	struct hand_heap *hand = of_blocks(block, 4);

	(void)state;
	hand_point(block[2], 0, block[3]);
	hand_point(block[3], 0, block[2]);
	hand_point(block[3], 1, block[0]);
	hand_point(block[0], 0, block[1]);
	hand_point(block[1], 0, block[0]);
	assert_true(hand_judge(hand, false));
	assert_int_equal(hand_verdict(hand, block[2]), VERDICT_DEFINITE);
	assert_int_equal(hand_verdict(hand, block[3]), VERDICT_DEFINITE);
	assert_int_equal(hand_verdict(hand, block[0]), VERDICT_INDIRECT);
	assert_int_equal(hand_verdict(hand, block[1]), VERDICT_INDIRECT);
	hand_heap_free(hand);
}

static void what_a_lost_block_points_to_but_a_root_reaches_stays_reachable(void **state)
{
	uintptr_t block[2];
	struct hand_heap *hand = of_blocks(block, 2);

	(void)state;
	hand_point(block[0], 0, block[1]);
	hand_root(hand, HELD_BY_EXIT_STACK, 0, 0, block[1]);
	assert_true(hand_judge(hand, false));
	assert_int_equal(hand_verdict(hand, block[0]), VERDICT_DEFINITE);
	assert_int_equal(hand_verdict(hand, block[1]), VERDICT_REACHABLE);
	hand_heap_free(hand);
}

static void in_doubt_nothing_is_lost_and_all_of_it_is_possible(void **state)
{
	uintptr_t block[3];
	struct hand_heap *hand = of_blocks(block, 3);

	(void)state;
	hand_point(block[0], 0, block[1]);
	hand_root(hand, HELD_BY_GLOBAL, 0, 0, block[2]);
	assert_true(hand_prepare(hand));
	leak_mark_all(&hand->marker, &hand->kept, false);
	leak_lost_doubt(&hand->marker);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(hand_verdict(hand, block[i]), VERDICT_POSSIBLE);
		assert_int_equal(hand_holder(hand, block[i])->holder, HELD_BY_UNKNOWN);
	}
	assert_int_equal(hand_verdict(hand, block[2]), VERDICT_REACHABLE);
	hand_heap_free(hand);
}

/* Deeper than any stack of ours, and too long for a way to be told. */
static void a_ring_of_a_million_blocks_is_one_cycle(void **state)
{
	enum { LONG = 1000000 };
	struct hand_heap *hand = hand_heap_new((size_t)LONG * 64, ROOTS);
	uintptr_t first = hand_block(hand, 24, 0, 1), at = first;
	uint32_t way[4];

	(void)state;
	for (int i = 1; i < LONG; i++) {
		uintptr_t next = hand_block(hand, 24, 0, 1);

		hand_point(at, 0, next);
		at = next;
	}
	hand_point(at, 0, first);
	assert_true(hand_judge(hand, false));
	for (uint32_t i = 0; i < LONG; i++) {
		assert_int_equal(leak_verdict_of(&hand->marker, i), VERDICT_DEFINITE);
		assert_int_equal(hand->marker.mark[i].holder, 0);
	}
	assert_int_equal(leak_lost_cycle(&hand->marker, 0, way, 4), 0);
	hand_heap_free(hand);
}

/* --- Random graphs against the definition ------------------------------------------- */

struct oracle { bool leads[MANY][MANY]; unsigned count; };

static void close_over(struct oracle *oracle)
{
	for (unsigned k = 0; k < oracle->count; k++)
		for (unsigned i = 0; i < oracle->count; i++)
			for (unsigned j = 0; j < oracle->count; j++)
				oracle->leads[i][j] |= oracle->leads[i][k] && oracle->leads[k][j];
}

/* Whatever leads to it is led to by it. */
static bool is_definite(const struct oracle *oracle, unsigned at)
{
	for (unsigned i = 0; i < oracle->count; i++)
		if (i != at && oracle->leads[i][at] && !oracle->leads[at][i])
			return false;
	return true;
}

static bool is_on_cycle(const struct oracle *oracle, unsigned at)
{
	for (unsigned i = 0; i < oracle->count; i++)
		if (i != at && oracle->leads[i][at] && oracle->leads[at][i])
			return true;
	return false;
}

static void compare(const struct hand_heap *hand, const struct oracle *oracle, const uintptr_t *block)
{
	for (unsigned i = 0; i < oracle->count; i++) {
		bool definite = is_definite(oracle, i);
		uint32_t by = leak_heap_find(&hand->heap, lost_by(hand, block[i])), way[MANY];

		assert_int_equal(hand_verdict(hand, block[i]), definite ? VERDICT_DEFINITE : VERDICT_INDIRECT);
		assert_int_equal(is_of_cycle(hand, block[i]), definite && is_on_cycle(oracle, i));
		if (!definite)
			assert_true(oracle->leads[by][i] && is_definite(oracle, by));
		if (is_of_cycle(hand, block[i])) {
			uint32_t steps = leak_lost_cycle(&hand->marker, i, way, MANY);

			assert_true(steps > 0);
			for (uint32_t j = 0; j < steps; j++)
				assert_true(oracle->leads[i][way[j]] && oracle->leads[way[j]][i]);
		}
	}
}

static void lost_graphs_are_judged_by_their_definition(void **state)
{
	static struct oracle oracle;
	uintptr_t block[MANY];
	struct random random = { 9 };

	(void)state;
	for (int round = 0; round < 300; round++) {
		unsigned edges, count = 1 + random_below(&random, MANY);
		struct hand_heap *hand = of_blocks(block, count);

		memset(&oracle, 0, sizeof oracle);
		oracle.count = count;
		edges = random_below(&random, 2 * count);
		while (edges--) {
			unsigned from = random_below(&random, count), to = random_below(&random, count);

			hand_point(block[from], random_below(&random, 8), block[to] + random_below(&random, 65));
		}
		for (unsigned i = 0; i < count; i++)
			for (unsigned word = 0; word < 8; word++)
				for (unsigned j = 0; j < count; j++)
					oracle.leads[i][j] |= ((uintptr_t *)block[i])[word] - block[j] <= 64;
		close_over(&oracle);
		assert_true(hand_judge(hand, false));
		compare(hand, &oracle, block);
		hand_heap_free(hand);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nothing_points_to_is_lost_by_itself),
		cmocka_unit_test(what_a_lost_block_leads_to_is_lost_with_it),
		cmocka_unit_test(all_of_a_cycle_are_definite_and_name_its_first_block),
		cmocka_unit_test(a_cycle_that_something_leads_to_is_lost_with_that),
		cmocka_unit_test(of_cycles_in_a_row_the_first_alone_is_definite),
		cmocka_unit_test(what_a_lost_block_points_to_but_a_root_reaches_stays_reachable),
		cmocka_unit_test(in_doubt_nothing_is_lost_and_all_of_it_is_possible),
		cmocka_unit_test(a_ring_of_a_million_blocks_is_one_cycle),
		cmocka_unit_test(lost_graphs_are_judged_by_their_definition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
