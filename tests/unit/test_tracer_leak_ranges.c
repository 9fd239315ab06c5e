#include "tracer/leak_ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"

/* The oracle is a map of addresses: for each the range it is of, by its tid; 0: none. */
enum { ADDRESSES = 300, ROUNDS = 2000 };

static struct leak_range range_of(unsigned start, unsigned end, unsigned tid)
{
	return (struct leak_range){ .start = start, .end = end, .tid = tid, .holder = HELD_BY_MAPPING };
}

/* Disjoint ranges in order, and the same painted. */
static void make(struct random *random, struct leak_ranges *ranges, unsigned *painted, unsigned tid)
{
	unsigned at = random_below(random, 20);

	assert_true(leak_ranges_init(ranges, ADDRESSES));
	memset(painted, 0, ADDRESSES * sizeof *painted);
	while (at < ADDRESSES) {
		unsigned end = at + random_below(random, 40);

		if (end > ADDRESSES)
			end = ADDRESSES;
		leak_ranges_add(ranges, range_of(at, end, tid));
		for (; at < end; at++)
			painted[at] = tid;
		tid++;
		at += random_below(random, 20);
	}
}

static void paint(const struct leak_ranges *ranges, unsigned *painted)
{
	uintptr_t before = 0;

	memset(painted, 0, ADDRESSES * sizeof *painted);
	for (uint32_t i = 0; i < ranges->count; i++) {
		assert_true(ranges->range[i].start >= before);
		assert_true(ranges->range[i].start < ranges->range[i].end);
		before = ranges->range[i].end;
		for (uintptr_t at = ranges->range[i].start; at < before; at++)
			painted[at] = ranges->range[i].tid;
	}
}

static void what_is_laid_on_top_wins_where_there_is_something_below(void **state)
{
	static unsigned below[ADDRESSES], above[ADDRESSES], result[ADDRESSES];
	struct random random = { 7 };

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct leak_ranges base, top;

		make(&random, &base, below, 1);
		make(&random, &top, above, 1000);
		assert_true(leak_ranges_lay(&base, &top));
		paint(&base, result);
		for (unsigned at = 0; at < ADDRESSES; at++)
			assert_int_equal(result[at], !below[at] ? 0 : above[at] ? above[at] : below[at]);
	}
}

static void sorted_ranges_are_disjoint_and_the_first_wins(void **state)
{
	static unsigned wanted[ADDRESSES], result[ADDRESSES];
	struct random random = { 11 };

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		unsigned count = random_below(&random, 12), start[12];
		struct leak_ranges ranges;

		assert_true(leak_ranges_init(&ranges, 16));
		for (unsigned i = 0; i < count; i++) {
			start[i] = i * 25 + random_below(&random, 20);
			unsigned end = start[i] + random_below(&random, 60);

			leak_ranges_add(&ranges, range_of(start[i], end < ADDRESSES ? end : ADDRESSES, i + 1));
		}
		memset(wanted, 0, sizeof wanted);
		for (unsigned i = 0; i < ranges.count; i++)
			for (uintptr_t at = ranges.range[i].start; at < ranges.range[i].end; at++)
				wanted[at] = wanted[at] ? wanted[at] : ranges.range[i].tid;
		for (unsigned i = 0; ranges.count && i < ranges.count / 2; i++) {       /* not in order */
			struct leak_range moved = ranges.range[i];

			ranges.range[i] = ranges.range[ranges.count - 1 - i];
			ranges.range[ranges.count - 1 - i] = moved;
		}
		leak_ranges_sort(&ranges);
		paint(&ranges, result);
		assert_memory_equal(result, wanted, sizeof wanted);
	}
}

static void how_to_read_a_range_stays_with_what_is_below(void **state)
{
	struct leak_ranges base, top;
	struct leak_range range = range_of(0, 100, 1);

	(void)state;
	assert_true(leak_ranges_init(&base, 4) && leak_ranges_init(&top, 4));
	range.flags = RANGE_SPARSE | RANGE_UNSURE;
	leak_ranges_add(&base, range);
	leak_ranges_add(&top, range_of(10, 20, 2));
	assert_true(leak_ranges_lay(&base, &top));
	assert_int_equal(base.count, 3);
	assert_int_equal(base.range[0].flags, RANGE_SPARSE | RANGE_UNSURE);
	assert_int_equal(base.range[1].flags, RANGE_SPARSE);
	assert_int_equal(base.range[1].tid, 2);
}

static void what_is_empty_or_finds_no_room_is_left_out(void **state)
{
	struct leak_ranges ranges;

	(void)state;
	assert_true(leak_ranges_init(&ranges, 1));
	leak_ranges_add(&ranges, range_of(5, 5, 1));
	assert_int_equal(ranges.count, 0);
	leak_ranges_add(&ranges, range_of(5, 6, 1));
	leak_ranges_add(&ranges, range_of(7, 8, 2));
	assert_int_equal(ranges.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_laid_on_top_wins_where_there_is_something_below),
		cmocka_unit_test(sorted_ranges_are_disjoint_and_the_first_wins),
		cmocka_unit_test(how_to_read_a_range_stays_with_what_is_below),
		cmocka_unit_test(what_is_empty_or_finds_no_room_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
