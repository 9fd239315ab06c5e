/* leak_mark: what is reached from roots made by hand, through what, in which order, and what is not. */
#include "tracer/leak_mark.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hand_heap.h"
#include "tests/unit/random.h"

enum { SMALL = 1 << 20, ROOTS = 64, TID = 7 };

static struct hand_heap *small(void)
{
	return hand_heap_new(SMALL, ROOTS);
}

static void a_chain_of_starts_is_reachable_from_its_root(void **state)
{
	struct hand_heap *hand = small();
	uintptr_t table = hand_block(hand, 64, 0, 1), bucket = hand_block(hand, 64, 0, 2);
	uintptr_t entry = hand_block(hand, 64, 0, 3), root = hand_root(hand, HELD_BY_STACK, 0, TID, table);

	(void)state;
	hand_point(table, 3, bucket);
	hand_point(bucket, 7, entry);
	assert_true(hand_judge(hand, false));
	assert_int_equal(hand_verdict(hand, entry), VERDICT_REACHABLE);
	assert_int_equal(hand_parent(hand, entry), bucket);
	assert_int_equal(hand_parent(hand, bucket), table);
	assert_int_equal(hand_parent(hand, table), 0);
	assert_int_equal(hand_holder(hand, entry)->address, root);
	assert_int_equal(hand_holder(hand, entry)->holder, HELD_BY_STACK);
	assert_int_equal(hand_holder(hand, entry)->tid, TID);
	hand_heap_free(hand);
}

static void the_first_of_several_holders_is_told_whatever_the_order_of_roots(void **state)
{
	static const enum leak_holder order[] = {
		HELD_BY_GLOBAL, HELD_BY_TLS, HELD_BY_LOADER, HELD_BY_MAPPING, HELD_BY_STACK, HELD_BY_REGISTER,
		HELD_BY_REALLOC, HELD_BY_EXIT_STACK,
	};
	const size_t count = sizeof order / sizeof *order;

	(void)state;
	for (size_t first = 0; first < count; first++) {
		struct hand_heap *hand = small();
		uintptr_t block = hand_block(hand, 48, 0, 1);

		for (size_t i = count; i-- > first;)
			hand_root(hand, order[i], 0, 0, block);
		assert_true(hand_judge(hand, false));
		assert_int_equal(hand_verdict(hand, block), VERDICT_REACHABLE);
		assert_int_equal(hand_holder(hand, block)->holder, order[first]);
		hand_heap_free(hand);
	}
}

static void a_block_is_reached_by_a_shortest_way(void **state)
{
	struct hand_heap *hand = small();
	uintptr_t long_way[4], block;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		long_way[i] = hand_block(hand, 48, 0, 1);
	block = hand_block(hand, 48, 0, 2);
	for (size_t i = 0; i < 3; i++)
		hand_point(long_way[i], 0, long_way[i + 1]);
	hand_point(long_way[3], 0, block);
	hand_point(long_way[0], 1, block);
	hand_root(hand, HELD_BY_GLOBAL, 0, 0, long_way[0]);
	assert_true(hand_judge(hand, false));
	assert_int_equal(hand_parent(hand, block), long_way[0]);
	hand_heap_free(hand);
}

/* Pointers to `offset` of a block of 96 bytes whose words say nothing. */
static enum heap_verdict verdict_of_pointer_to(intptr_t offset, enum leak_holder holder, uint8_t flags)
{
	struct hand_heap *hand = small();
	uintptr_t block = hand_block(hand, 96, 0, 1);
	enum heap_verdict verdict;

	memset((void *)block, 0xff, 96);
	hand_root(hand, holder, flags, 0, block + (uintptr_t)offset);
	assert_true(hand_judge(hand, false));
	verdict = hand_verdict(hand, block);
	hand_heap_free(hand);
	return verdict;
}

static void pointers_into_the_inside_and_to_the_end_hold_it_possibly(void **state)
{
	(void)state;
	assert_int_equal(verdict_of_pointer_to(0, HELD_BY_GLOBAL, 0), VERDICT_REACHABLE);
	assert_int_equal(verdict_of_pointer_to(1, HELD_BY_GLOBAL, 0), VERDICT_POSSIBLE);
	assert_int_equal(verdict_of_pointer_to(48, HELD_BY_STACK, 0), VERDICT_POSSIBLE);
	assert_int_equal(verdict_of_pointer_to(95, HELD_BY_GLOBAL, 0), VERDICT_POSSIBLE);
	assert_int_equal(verdict_of_pointer_to(96, HELD_BY_GLOBAL, 0), VERDICT_POSSIBLE);
	assert_int_equal(verdict_of_pointer_to(97, HELD_BY_GLOBAL, 0), VERDICT_DEFINITE);
	assert_int_equal(verdict_of_pointer_to(-1, HELD_BY_GLOBAL, 0), VERDICT_DEFINITE);
}

static void bins_of_the_c_library_point_into_the_last_word_and_hold_nothing(void **state)
{
	(void)state;
	assert_int_equal(verdict_of_pointer_to(88, HELD_BY_GLOBAL, RANGE_LIBC), VERDICT_DEFINITE);
	assert_int_equal(verdict_of_pointer_to(88, HELD_BY_GLOBAL, 0), VERDICT_POSSIBLE);
	assert_int_equal(verdict_of_pointer_to(80, HELD_BY_GLOBAL, RANGE_LIBC), VERDICT_POSSIBLE);
	assert_int_equal(verdict_of_pointer_to(0, HELD_BY_GLOBAL, RANGE_LIBC), VERDICT_REACHABLE);
}

static void the_loaders_pointers_into_the_inside_are_as_good_as_to_the_start(void **state)
{
	(void)state;
	assert_int_equal(verdict_of_pointer_to(40, HELD_BY_GLOBAL, RANGE_LOADER), VERDICT_REACHABLE);
}

static void what_only_an_unsure_root_holds_is_possible(void **state)
{
	struct hand_heap *hand = small();
	uintptr_t unsure = hand_block(hand, 48, 0, 1), both = hand_block(hand, 48, 0, 2);
	uintptr_t behind = hand_block(hand, 48, 0, 3);

	(void)state;
	hand_root(hand, HELD_BY_STACK, RANGE_UNSURE, TID, unsure);
	hand_root(hand, HELD_BY_STACK, RANGE_UNSURE, TID, both);
	hand_root(hand, HELD_BY_EXIT_STACK, 0, TID, both);
	hand_point(unsure, 0, behind);
	assert_true(hand_judge(hand, false));
	assert_int_equal(hand_verdict(hand, unsure), VERDICT_POSSIBLE);
	assert_int_equal(hand_verdict(hand, behind), VERDICT_POSSIBLE);
	assert_int_equal(hand_verdict(hand, both), VERDICT_REACHABLE);
	hand_heap_free(hand);
}

static void what_a_possible_block_leads_to_is_possible_and_no_more(void **state)
{
	struct hand_heap *hand = small();
	uintptr_t inside = hand_block(hand, 96, 0, 1), behind = hand_block(hand, 96, 0, 2);
	uintptr_t reachable = hand_block(hand, 96, 0, 3);

	(void)state;
	hand_root(hand, HELD_BY_GLOBAL, 0, 0, inside + 48);
	hand_root(hand, HELD_BY_EXIT_STACK, 0, 0, reachable);
	hand_point(inside, 2, behind + 24);
	hand_point(inside, 3, reachable);
	assert_true(hand_judge(hand, false));
	assert_int_equal(hand_verdict(hand, inside), VERDICT_POSSIBLE);
	assert_int_equal(hand_verdict(hand, behind), VERDICT_POSSIBLE);
	assert_int_equal(hand_verdict(hand, reachable), VERDICT_REACHABLE);
	hand_heap_free(hand);
}

/* --- Heuristics ------------------------------------------------------------------- */

struct shape {
	size_t bytes, slack;
	uintptr_t word[4];
	uintptr_t offset;
	enum heap_verdict verdict;
};

static void check_shape(const struct shape *shape)
{
	struct hand_heap *hand = small();
	uintptr_t block = hand_block(hand, shape->bytes, shape->slack, 1);

	memcpy((void *)block, shape->word, sizeof shape->word);
	hand_root(hand, HELD_BY_GLOBAL, 0, 0, block + shape->offset);
	assert_true(hand_judge(hand, false));
	assert_int_equal(hand_verdict(hand, block), shape->verdict);
	hand_heap_free(hand);
}

static void the_text_of_a_string_behind_its_head_is_its_start(void **state)
{
	/* 24 bytes of head, 20 of capacity, the end: 45 of 56 were asked for */
	static const struct shape shapes[] = {
		{ 56, 11, { 10, 20, 0 }, 24, VERDICT_REACHABLE },
		{ 56, 11, { 20, 20, 5 }, 24, VERDICT_REACHABLE },
		{ 56, 11, { 21, 20, 0 }, 24, VERDICT_POSSIBLE },        /* longer than its capacity */
		{ 56, 11, { 10, 19, 0 }, 24, VERDICT_POSSIBLE },        /* not the block's size */
		{ 56, 11, { 10, 20, 0 }, 32, VERDICT_POSSIBLE },        /* another place */
		{ 56, 11, { 10, UINTPTR_MAX, 0 }, 24, VERDICT_POSSIBLE },
		{ 32, 7, { 0, 0, 0 }, 24, VERDICT_REACHABLE },          /* an empty one */
		{ 24, 0, { 0, 0, 0 }, 24, VERDICT_POSSIBLE },           /* no room for a text */
	};

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		check_shape(&shapes[i]);
}

static void what_stands_behind_a_length_or_a_number_is_its_start(void **state)
{
	static const struct shape shapes[] = {
		{ 304, 0, { 296 }, 8, VERDICT_REACHABLE },              /* length64 */
		{ 304, 4, { 292 }, 8, VERDICT_REACHABLE },
		{ 304, 4, { 296 }, 8, VERDICT_POSSIBLE },
		{ 296, 0, { 12 }, 8, VERDICT_REACHABLE },               /* newarray: 12 of 24 */
		{ 296, 0, { 13 }, 8, VERDICT_POSSIBLE },
		{ 296, 0, { 0 }, 8, VERDICT_POSSIBLE },
		{ 296, 0, { 12 }, 16, VERDICT_POSSIBLE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		check_shape(&shapes[i]);
}

/* --- Tags, kept blocks, large blocks, many blocks ---------------------------------------- */

static void tags_and_odd_places_hide_a_pointer_unless_they_are_looked_for(void **state)
{
	const uintptr_t tags[] = { 1, 7, (uintptr_t)0x5a << 56, ((uintptr_t)0xffff << 48) | 2 };

	(void)state;
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		for (int tagged = 0; tagged < 2; tagged++) {
			struct hand_heap *hand = small();
			uintptr_t block = hand_block(hand, 48, 0, 1), behind = hand_block(hand, 48, 0, 2);

			memset((void *)block, 0xff, 48);
			hand_point(block, 1, behind);
			hand_root(hand, HELD_BY_GLOBAL, 0, 0, block | tags[i]);
			assert_true(hand_judge(hand, tagged));
			if (tags[i] >= 8) {
				assert_int_equal(hand_verdict(hand, block), tagged ? VERDICT_POSSIBLE : VERDICT_DEFINITE);
				assert_int_equal(hand_verdict(hand, behind), tagged ? VERDICT_POSSIBLE : VERDICT_INDIRECT);
			} else {
				assert_int_equal(hand_verdict(hand, block), VERDICT_POSSIBLE);
			}
			if (tagged && tags[i] >= 8)
				assert_int_equal(hand_holder(hand, block)->holder, HELD_BY_TAGGED);
			hand_heap_free(hand);
		}
}

static void an_unaligned_pointer_in_a_reached_block_is_found_with_the_tags(void **state)
{
	(void)state;
	for (int tagged = 0; tagged < 2; tagged++) {
		struct hand_heap *hand = small();
		uintptr_t packed = hand_block(hand, 48, 0, 1), block = hand_block(hand, 48, 0, 2);

		memcpy((void *)(packed + 12), &block, sizeof block);
		hand_root(hand, HELD_BY_GLOBAL, 0, 0, packed);
		assert_true(hand_judge(hand, tagged));
		assert_int_equal(hand_verdict(hand, block), tagged ? VERDICT_POSSIBLE : VERDICT_DEFINITE);
		hand_heap_free(hand);
	}
}

/* As the C library's vectors of TLS blocks: what lies in them is in the roots, or dead. */
static void kept_blocks_live_but_are_not_looked_through(void **state)
{
	struct hand_heap *hand = small();
	uintptr_t kept = hand_block(hand, 64, 0, 1), inside = hand_block(hand, 64, 0, 2);
	uintptr_t held = hand_block(hand, 64, 0, 3);

	(void)state;
	hand_point(kept, 2, inside);
	hand_point(kept, 3, held);
	hand_root(hand, HELD_BY_GLOBAL, 0, 0, kept);
	hand_root(hand, HELD_BY_TLS, 0, TID, held);
	leak_ranges_add(&hand->kept, (struct leak_range){
		.start = kept, .end = kept + 64, .tid = TID, .holder = HELD_BY_LOADER,
	});
	assert_true(hand_judge(hand, false));
	assert_int_equal(hand_verdict(hand, kept), VERDICT_REACHABLE);
	assert_int_equal(hand_holder(hand, kept)->holder, HELD_BY_LOADER);
	assert_int_equal(hand_holder(hand, kept)->tid, TID);
	assert_int_equal(hand_verdict(hand, inside), VERDICT_DEFINITE);
	assert_int_equal(hand_holder(hand, held)->holder, HELD_BY_TLS);
	hand_heap_free(hand);
}

static void large_blocks_are_looked_through_from_end_to_end(void **state)
{
	enum { LARGE = 3 << 20 };
	static const size_t places[] = { 0, 8, 4088, 4096, (1 << 20) + 16, LARGE - 8 };
	struct hand_heap *hand = hand_heap_new(LARGE + SMALL, ROOTS);
	uintptr_t large = hand_block(hand, LARGE, 0, 1), block[6];

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		block[i] = hand_block(hand, 48, 0, 2);
		hand_point(large + places[i], 0, block[i]);
	}
	hand_root(hand, HELD_BY_GLOBAL, 0, 0, large);
	assert_true(hand_judge(hand, false));
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(hand_verdict(hand, block[i]), VERDICT_REACHABLE);
	hand_heap_free(hand);
}

static void an_empty_heap_has_nothing_to_reach(void **state)
{
	struct hand_heap *hand = small();

	(void)state;
	hand_root(hand, HELD_BY_GLOBAL, 0, 0, hand->start + 64);
	assert_true(hand_judge(hand, true));
	assert_int_equal(hand->marker.tail, 0);
	hand_heap_free(hand);
}

/* More holders than the table has: the last ones share the last place, all verdicts are right. */
static void holders_past_the_last_share_it(void **state)
{
	enum { MANY = LEAK_HELD_MAX + 1000 };
	struct hand_heap *hand = hand_heap_new((size_t)MANY * 64, MANY);
	uintptr_t first = 0, last = 0;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		last = hand_block(hand, 24, 0, 1);
		first = first ? first : last;
		hand_root(hand, HELD_BY_GLOBAL, 0, 0, last);
	}
	assert_true(hand_judge(hand, false));
	assert_int_equal(hand->marker.held_count, LEAK_HELD_MAX);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(leak_verdict_of(&hand->marker, i), VERDICT_REACHABLE);
	assert_int_equal(hand_holder(hand, first)->address, hand->roots.range[0].start);
	assert_int_equal(hand_holder(hand, last)->holder, HELD_BY_GLOBAL);
	hand_heap_free(hand);
}

/* A random graph, against a search that knows no rings, no queue and no order. */
static void reached_is_what_a_plain_search_reaches(void **state)
{
	enum { COUNT = 400, WORDS = 6 };
	static uintptr_t block[COUNT];
	static bool reached[COUNT];
	struct random random = { 5 };

	(void)state;
	for (int round = 0; round < 30; round++) {
		struct hand_heap *hand = small();
		bool changed = true;

		for (unsigned i = 0; i < COUNT; i++)
			block[i] = hand_block(hand, WORDS * 8, 0, 1);
		for (unsigned i = 0; i < COUNT; i++)
			for (unsigned word = 0; word < random_below(&random, 3); word++)
				hand_point(block[i], word, block[random_below(&random, COUNT)]);
		memset(reached, 0, sizeof reached);
		for (unsigned i = 0; i < 8; i++) {
			unsigned to = random_below(&random, COUNT);

			hand_root(hand, HELD_BY_MAPPING, 0, 0, block[to]);
			reached[to] = true;
		}
		while (changed) {
			changed = false;
			for (unsigned i = 0; i < COUNT; i++)
				for (unsigned word = 0; reached[i] && word < WORDS; word++)
					for (unsigned to = 0; to < COUNT; to++)
						if (((uintptr_t *)block[i])[word] == block[to] && !reached[to])
							changed = reached[to] = true;
		}
		assert_true(hand_judge(hand, false));
		for (unsigned i = 0; i < COUNT; i++)
			assert_int_equal(hand_verdict(hand, block[i]) == VERDICT_REACHABLE, reached[i]);
		hand_heap_free(hand);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_of_starts_is_reachable_from_its_root),
		cmocka_unit_test(the_first_of_several_holders_is_told_whatever_the_order_of_roots),
		cmocka_unit_test(a_block_is_reached_by_a_shortest_way),
		cmocka_unit_test(pointers_into_the_inside_and_to_the_end_hold_it_possibly),
		cmocka_unit_test(bins_of_the_c_library_point_into_the_last_word_and_hold_nothing),
		cmocka_unit_test(the_loaders_pointers_into_the_inside_are_as_good_as_to_the_start),
		cmocka_unit_test(what_only_an_unsure_root_holds_is_possible),
		cmocka_unit_test(what_a_possible_block_leads_to_is_possible_and_no_more),
		cmocka_unit_test(the_text_of_a_string_behind_its_head_is_its_start),
		cmocka_unit_test(what_stands_behind_a_length_or_a_number_is_its_start),
		cmocka_unit_test(tags_and_odd_places_hide_a_pointer_unless_they_are_looked_for),
		cmocka_unit_test(an_unaligned_pointer_in_a_reached_block_is_found_with_the_tags),
		cmocka_unit_test(kept_blocks_live_but_are_not_looked_through),
		cmocka_unit_test(large_blocks_are_looked_through_from_end_to_end),
		cmocka_unit_test(an_empty_heap_has_nothing_to_reach),
		cmocka_unit_test(holders_past_the_last_share_it),
		cmocka_unit_test(reached_is_what_a_plain_search_reaches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
