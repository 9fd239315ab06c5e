/* account: of one thread all is exact; what is no event, and what is one more. */
#include "tests/unit/account_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "profile/tick.h"
#include "tracer/guard.h"
#include "tracer/shadow.h"
#include "tracer/total.h"

static void one_threads_counters_and_peak_are_exact(void **state)
{
	struct model *model = model_new(1);
	unsigned newest = BLOCKS;

	(void)state;
	for (unsigned event = 0; event < EVENTS; event++) {
		event_random(model, 0, &newest);
		if (event % 1000 == 0)
			model_compare(model, true);
	}
	model_compare(model, true);
	model_compare_size_classes(model);
	assert_true(profile_header()->moment >> TICK_BITS > 100);
	model_end_heap(model, 0);
	model_compare(model, true);
	free(model);
}

static void a_maximum_that_starts_anew_is_exact_again(void **state)
{
	struct model *model = model_new(2);
	unsigned newest = BLOCKS;

	(void)state;
	for (unsigned event = 0; event < EVENTS / 2; event++) {
		if (event % 5000 == 4999) {
			total_reset_peak();
			model->peak_bytes = INT64_MIN;
			model_changed(model);
		}
		event_random(model, 0, &newest);
		if (event % 500 == 0)
			model_compare(model, true);
	}
	model_end_heap(model, 0);
	free(model);
}

static void unknown_blocks_are_not_freed(void **state)
{
	(void)state;
	assert_false(account_free(model_block_address(0, 7), model_site_frame(0).sp));
	assert_int_equal(account_realloc_begin(model_block_address(0, 7)).account, 0);
}

static void a_failed_realloc_is_no_event(void **state)
{
	struct model *model = model_new(7);
	struct moving_block moving;

	(void)state;
	event_alloc(model, 0, 3);
	moving = account_realloc_begin(model_block_address(0, 3));
	assert_false(account_free(model_block_address(0, 3), model_site_frame(0).sp));
	account_realloc_failed(model_block_address(0, 3), &moving);
	model_compare(model, true);
	event_free(model, 0, 3, true);
	model_compare(model, true);
	free(model);
}

static void a_counter_keeps_when_it_was_last_touched(void **state)
{
	struct profile_header *header = profile_header();
	struct frame caller = model_site_frame(1);
	const struct counter *counter;

	(void)state;
	header->moment = tick_put(header->moment, tick_of_ms(3600000));     /* later than now: nobody renews it */
	account_alloc(model_block_address(0, 4), 24, &caller);
	counter = guard_counter(guard_local.thread,
				shadow_get((uintptr_t)model_block_address(0, 4), false).account);
	assert_int_equal(tick_in(counter->epoch_and_allocation), tick_of_ms(3600000));
	header->moment = tick_put(header->moment, tick_of_ms(7200000));
	assert_true(account_free(model_block_address(0, 4), caller.sp));
	assert_int_equal(tick_in(counter->epoch_and_allocation), tick_of_ms(3600000));
	assert_int_equal(tick_in(counter->slack_and_free), tick_of_ms(7200000));
}

static void the_tick_moves_on_with_allocations(void **state)
{
	struct profile_header *header = profile_header();
	struct frame caller = model_site_frame(1);

	(void)state;
	header->start_monotonic_ns = 1;         /* so that the time since is some */
	header->moment = tick_put(header->moment, tick_of_ms(0));
	header->tick_gap_ms = 0;
	for (int i = 0; i < 256; i++) {
		account_alloc(model_block_address(0, 3), 24, &caller);
		assert_true(account_free(model_block_address(0, 3), caller.sp));
	}
	assert_true(tick_now(header) > tick_of_ms(0));
	assert_true(header->tick_gap_ms > 0);
}

static void a_realloc_to_nothing_frees(void **state)
{
	struct model *model = model_new(8);
	struct frame caller = model_site_frame(1);
	struct moving_block moving;

	(void)state;
	event_alloc(model, 0, 3);
	moving = account_realloc_begin(model_block_address(0, 3));
	account_realloc_end(&moving, model_block_address(0, 3), NULL, 0, &caller);
	model_free(model, &model->block[3], true);
	model_compare(model, true);
	free(model);
}

static void an_address_handed_out_again_counts_the_free_that_was_missed(void **state)
{
	struct model *model = model_new(9);
	uint64_t missed = profile_header()->quality.frees_missed;
	struct frame caller = model_site_frame(2);
	int64_t blocks;

	(void)state;
	event_alloc(model, 0, 3);
	blocks = model->live_blocks;
	account_alloc(model_block_address(0, 3), 1, &caller);
	assert_int_equal(profile_header()->quality.frees_missed, missed + 1);

	struct totals totals;

	total_read(&totals);
	assert_int_equal(totals.live_blocks, blocks);
	assert_true(account_free(model_block_address(0, 3), caller.sp));
	free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_threads_counters_and_peak_are_exact),
		cmocka_unit_test(a_maximum_that_starts_anew_is_exact_again),
		cmocka_unit_test(unknown_blocks_are_not_freed),
		cmocka_unit_test(a_failed_realloc_is_no_event),
		cmocka_unit_test(a_realloc_to_nothing_frees),
		cmocka_unit_test(a_counter_keeps_when_it_was_last_touched),
		cmocka_unit_test(the_tick_moves_on_with_allocations),
		cmocka_unit_test(an_address_handed_out_again_counts_the_free_that_was_missed),
	};

	return cmocka_run_group_tests(tests, model_setup, live_profile_teardown);
}
