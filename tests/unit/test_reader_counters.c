/* How the reader adds up counters and records of all shards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "profile/once.h"
#include "reader_stage.h"

static void sums_run_over_all_shards_and_are_never_negative(void **state)
{
	struct reader_stage *stage = *state;
	struct profile_builder *builder = stage->builder;
	uint32_t node = builder_node(builder, 0, PLACE(MODULE_NONE, 0x1234));
	uint32_t account = builder_account(builder, node, 0, ACCOUNT_HEAP);
	uint32_t torn = builder_account(builder, node, 1, ACCOUNT_HEAP);

	*builder_counter(builder, 0, account) = (struct counter){
		.allocations = 10, .allocated_bytes = 1000, .slack_and_free = tick_beside(80, 0) };
	*builder_counter(builder, 3, account) = (struct counter){
		.frees = 7, .freed_bytes = 700, .slack_and_free = tick_beside((uint64_t)-56, 0), .temporaries = 5 };
	*builder_counter(builder, 1, torn) = (struct counter){ .frees = 1, .freed_bytes = 8 };
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.accounts[account].sums.live_bytes, 300);
	assert_int_equal(stage->data.accounts[account].sums.live_blocks, 3);
	assert_int_equal(stage->data.accounts[account].sums.slack_bytes, 24);
	assert_int_equal(stage->data.accounts[account].sums.temporaries, 5);
	assert_int_equal(stage->data.accounts[torn].sums.live_bytes, 0);
	assert_int_equal(stage->data.accounts[torn].sums.live_blocks, 0);
	assert_int_equal(stage->data.accounts[torn].sums.frees, 1);
}

static void counters_touched_since_the_peak_give_their_saved_value(void **state)
{
	struct reader_stage *stage = *state;
	struct profile_builder *builder = stage->builder;
	uint32_t node = builder_node(builder, 0, PLACE(MODULE_NONE, 0x1234));
	uint32_t account = builder_account(builder, node, 0, ACCOUNT_HEAP);

	builder_header(builder)->moment = tick_beside(9, 0);
	*builder_counter(builder, 0, account) = (struct counter){
		.allocations = 10, .allocated_bytes = 1000, .frees = 10, .freed_bytes = 1000,
		.epoch_and_allocation = tick_beside(9, 0), .at_peak_bytes = 500, .at_peak_blocks = 5 };
	*builder_counter(builder, 1, account) = (struct counter){
		.allocations = 2, .allocated_bytes = 40, .epoch_and_allocation = tick_beside(8, 0), .at_peak_bytes = 9999,
		.at_peak_blocks = 99 };
	/* A shard that frees more than it allocates: negative at the peak, too. */
	*builder_counter(builder, 2, account) = (struct counter){
		.frees = 3, .freed_bytes = 300, .epoch_and_allocation = tick_beside(9, 0),
		.at_peak_bytes = (uint64_t)-100, .at_peak_blocks = (uint32_t)-1 };
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.accounts[account].sums.peak_bytes, 500 + 40 - 100);
	assert_int_equal(stage->data.accounts[account].sums.peak_blocks, 5 + 2 - 1);
}

static void inherited_blocks_are_live_but_no_events(void **state)
{
	struct reader_stage *stage = *state;
	struct profile_builder *builder = stage->builder;
	uint32_t node = builder_node(builder, 0, PLACE(MODULE_NONE, 0x1234));
	uint32_t account = builder_account(builder, node, 0, ACCOUNT_HEAP);

	builder_shard(builder, 1)->flags = SHARD_INHERITED;
	builder_shard(builder, 1)->owners = 1;
	*builder_counter(builder, 1, account) = (struct counter){
		.allocations = 4, .allocated_bytes = 400 };
	builder_charge(builder, account, 1, 50, 0);
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.accounts[account].sums.live_bytes, 450);
	assert_int_equal(stage->data.accounts[account].sums.live_blocks, 5);
	assert_int_equal(stage->data.accounts[account].sums.allocations, 1);
	assert_int_equal(stage->data.accounts[account].sums.allocated_bytes, 50);
	assert_int_equal(stage->data.threads, 1);
}

/* A block that is live, one that was there at the peak, one that a shard freed which has no record. */
static void records_count_as_counters_of_their_shard(void **state)
{
	struct reader_stage *stage = *state;
	struct profile_builder *builder = stage->builder;
	uint32_t node = builder_node(builder, 0, PLACE(MODULE_NONE, 0x10)), account[3];
	struct counter allocation = { .allocations = 1, .allocated_bytes = 70,
				      .slack_and_free = tick_beside(10, 0),
				      .epoch_and_allocation = tick_beside(1, 5) };
	struct counter end = { .frees = 1, .freed_bytes = 70, .temporaries = 1,
			       .slack_and_free = tick_beside((uint64_t)-10, 9),
			       .epoch_and_allocation = tick_beside(2, 0) };
	const struct account_sums *sums;

	for (unsigned i = 0; i < 3; i++) {
		account[i] = builder_account(builder, node, i, ACCOUNT_HEAP);
		assert_true(once_allocate(builder_once(builder, account[i]), i, &allocation));
		builder_shard(builder, i);
	}
	assert_true(once_free(builder_once(builder, account[1]), 1, &end));
	*builder_counter(builder, 3, account[2]) = end;
	builder_header(builder)->moment = tick_beside(2, 0);
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.pages_damaged, 0);
	sums = &stage->data.accounts[account[0]].sums;
	assert_int_equal(sums->live_bytes, 70);
	assert_int_equal(sums->slack_bytes, 10);
	assert_int_equal(sums->peak_bytes, 70);
	assert_int_equal(sums->last_allocation, 5);
	assert_int_equal(sums->last_free, 0);
	for (unsigned i = 1; i < 3; i++) {
		sums = &stage->data.accounts[account[i]].sums;
		assert_int_equal(sums->allocations, 1);
		assert_int_equal(sums->frees, 1);
		assert_int_equal(sums->freed_bytes, 70);
		assert_int_equal(sums->live_blocks, 0);
		assert_int_equal(sums->slack_bytes, 0);
		assert_int_equal(sums->temporaries, 1);
		assert_int_equal(sums->last_allocation, 5);
		assert_int_equal(sums->last_free, 9);
	}
	assert_int_equal(stage->data.accounts[account[1]].sums.peak_bytes, 70);
	assert_int_equal(stage->data.accounts[account[1]].sums.peak_blocks, 1);
	/* Its counter began in the peak's epoch, with nothing. */
	assert_int_equal(stage->data.accounts[account[2]].sums.peak_bytes, 70);
}

static void records_of_no_account_are_damage(void **state)
{
	struct reader_stage *stage = *state;

	reader_stage_build_typical(stage->builder);
	builder_once(stage->builder, 5 * ONCES_PER_PAGE)->what = UINT64_MAX;
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_int_equal(stage->data.pages_damaged, 1);
}

static void a_carry_adds_the_high_half_of_temporaries(void **state)
{
	struct reader_stage *stage = *state;
	struct profile_builder *builder = stage->builder;
	uint32_t node = builder_node(builder, 0, PLACE(MODULE_NONE, 0x1234));
	uint32_t account = builder_account(builder, node, 0, ACCOUNT_HEAP);
	uint32_t carry[2] = { 0, account };

	builder_counter(builder, 0, account)->temporaries = 3;
	builder_record(builder, RECORD_CARRY, carry, sizeof carry);
	assert_int_equal(reader_stage_read(stage, 0), 0);
	assert_true(stage->data.accounts[account].sums.temporaries == (UINT64_C(1) << 32) + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_profile(sums_run_over_all_shards_and_are_never_negative),
		with_profile(counters_touched_since_the_peak_give_their_saved_value),
		with_profile(inherited_blocks_are_live_but_no_events),
		with_profile(records_count_as_counters_of_their_shard),
		with_profile(records_of_no_account_are_damage),
		with_profile(a_carry_adds_the_high_half_of_temporaries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
