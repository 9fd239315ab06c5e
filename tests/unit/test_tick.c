/* profile/tick.h: coarse times that fit beside something else. */
#include "profile/tick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void ticks_are_exact_at_first_and_close_ever_after(void **state)
{
	(void)state;
	for (uint64_t ms = 0; ms < UINT64_C(1) << 48; ms += 1 + ms / 1000) {
		uint32_t tick = tick_of_ms(ms);

		assert_true(tick && tick <= TICK_MAX);
		assert_true(tick_ms(tick) <= ms);
		assert_true(ms - tick_ms(tick) <= ms >> TICK_FRACTION_BITS);
		assert_int_equal(tick_of_ms(tick_ms(tick)), tick);
		if (ms < 1 << 19)
			assert_int_equal(tick_ms(tick), ms);
	}
}

static void later_times_have_larger_ticks(void **state)
{
	uint32_t before = 0;

	(void)state;
	for (uint64_t ms = 0; ms < UINT64_C(1) << 40; ms += 1 + ms / 500000) {
		uint32_t tick = tick_of_ms(ms);

		assert_true(tick >= before);
		assert_true(tick > before || ms >> TICK_FRACTION_BITS);
		before = tick;
	}
	assert_int_equal(tick_of_ms(UINT64_MAX - 1), TICK_MAX);
}

static void a_word_keeps_both_parts(void **state)
{
	struct counter counter = { .allocations = 0 };

	(void)state;
	counter.slack_and_free = tick_beside((uint64_t)-56, 7);
	assert_int_equal(counter_slack(&counter), -56);
	assert_int_equal(tick_in(counter.slack_and_free), 7);
	counter.slack_and_free = tick_put(counter.slack_and_free + tick_beside(100, 0), TICK_MAX);
	assert_int_equal(counter_slack(&counter), 44);
	assert_int_equal(tick_in(counter.slack_and_free), TICK_MAX);
	counter.epoch_and_allocation = tick_beside(9, TICK_MAX);
	assert_true(counter_is_of_epoch(&counter, tick_beside(9, 5)));
	assert_false(counter_is_of_epoch(&counter, tick_beside(8, TICK_MAX)));
	assert_true(counter_is_of_epoch(&counter, tick_beside((UINT64_C(1) << 40) + 9, 0)));
}

/* One shard allocates without end, another frees: each wraps, the sum does not. */
static void slack_is_summed_modulo_its_bits(void **state)
{
	struct counter maker = { .allocations = 0 }, taker = { .allocations = 0 };

	(void)state;
	maker.slack_and_free = tick_beside(UINT64_C(3) << 39, 1);
	taker.slack_and_free = tick_beside(-(UINT64_C(3) << 39) + 24, 2);
	assert_int_equal(counter_slack_sum(counter_slack(&maker) + counter_slack(&taker)), 24);
}

static void the_gap_is_the_longest_that_the_tick_stood_still(void **state)
{
	struct profile_header header;

	(void)state;
	memset(&header, 0, sizeof header);
	header.start_monotonic_ns = 5000000000;
	tick_renew(&header, 5100000000);
	assert_int_equal(header.moment, 0);             /* not begun */
	header.moment = tick_beside(7, tick_of_ms(0));
	tick_renew(&header, 4000000000);                /* a coarse clock may be before the start */
	assert_int_equal(tick_ms(tick_now(&header)), 0);
	tick_renew(&header, 5100000000);
	tick_renew(&header, 5400000000);
	tick_renew(&header, 5450000000);
	tick_renew(&header, 5440000000);                /* another thread was late */
	assert_int_equal(tick_ms(tick_now(&header)), 450);
	assert_int_equal(header.tick_gap_ms, 300);
	assert_int_equal(header.moment >> TICK_BITS, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_are_exact_at_first_and_close_ever_after),
		cmocka_unit_test(later_times_have_larger_ticks),
		cmocka_unit_test(a_word_keeps_both_parts),
		cmocka_unit_test(slack_is_summed_modulo_its_bits),
		cmocka_unit_test(the_gap_is_the_longest_that_the_tick_stood_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
