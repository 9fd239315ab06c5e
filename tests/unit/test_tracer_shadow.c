#include "tracer/shadow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"

/*
 * The oracle is a plain table of blocks.  Addresses are drawn as an allocator
 * would give them: `granule_bytes` apart at least, blocks with much slack as
 * long as that slack; around the ends of regions, and high in the address space.
 */
enum { BLOCKS = 3000, ROUNDS = 60000, WINDOWS = 4 };

struct block { uintptr_t address; uint64_t bytes; uint32_t account; uint32_t slack_bytes; bool used; };

struct heap {
	struct random random;
	unsigned granule_bytes;
	struct block block[BLOCKS];
};

static const uintptr_t REGION_BYTES = (uintptr_t)1 << SHADOW_REGION_BITS;

/* Each window ends and begins regions; the last is where stacks and libraries are. */
static uintptr_t window_start(const struct heap *heap, unsigned window)
{
	static const uintptr_t region[WINDOWS] = { 3, 4, 0x5000, SHADOW_REGIONS - 2 };
	uintptr_t spread = (uintptr_t)BLOCKS / WINDOWS * 512;

	return region[window] * REGION_BYTES + REGION_BYTES - spread / 2 +
	       (heap->granule_bytes == 8 ? 0 : 16);
}

/* Block i lives in its own 512 bytes, in one of the windows. */
static void place_block(struct heap *heap, unsigned i)
{
	struct block *block = &heap->block[i];
	unsigned window = i % WINDOWS, align = heap->granule_bytes < 16 ? 8 : 16;
	uint64_t room = 512 - heap->granule_bytes;

	block->address = window_start(heap, window) + i / WINDOWS * 512 +
			 random_below(&heap->random, 8) * align;
	room -= 8 * align;
	block->bytes = random_below(&heap->random, room);
	block->slack_bytes = (uint32_t)(random_below(&heap->random, 3) ?
		random_below(&heap->random, 70) : random_below(&heap->random, room));
	if (block->slack_bytes > block->bytes)
		block->bytes = block->slack_bytes;
	block->account = 1 + (uint32_t)random_below(&heap->random, ACCOUNTS_MAX - 1);
}

static void put(struct heap *heap, unsigned i)
{
	struct block *block = &heap->block[i];
	uint32_t missed = 77;

	place_block(heap, i);
	assert_true(shadow_put(block->address, block->account, block->slack_bytes, &missed));
	assert_int_equal(missed, 0);
	block->used = true;
}

static void check(struct heap *heap, unsigned i, bool take)
{
	struct block *block = &heap->block[i];
	struct shadow_block known = shadow_get(block->address, take);

	assert_int_equal(known.account, block->used ? block->account : 0);
	if (block->used)
		assert_int_equal(known.slack_bytes, block->slack_bytes);
	if (take)
		block->used = false;
}

struct seen { const struct block *sorted; unsigned at, count; };

static void see_block(void *context, uintptr_t address, struct shadow_block block)
{
	struct seen *seen = context;

	assert_true(seen->at < seen->count);
	const struct block *expected = &seen->sorted[seen->at++];

	assert_int_equal(address, expected->address);
	assert_int_equal(block.account, expected->account);
	assert_int_equal(block.slack_bytes, expected->slack_bytes);
}

static int by_address(const void *a, const void *b)
{
	const struct block *left = a, *right = b;

	return left->address < right->address ? -1 : left->address > right->address;
}

static void check_each(const struct heap *heap)
{
	static struct block sorted[BLOCKS];
	struct seen seen = { .sorted = sorted };

	for (unsigned i = 0; i < BLOCKS; i++)
		if (heap->block[i].used)
			sorted[seen.count++] = heap->block[i];
	qsort(sorted, seen.count, sizeof *sorted, by_address);
	shadow_each(see_block, &seen);
	assert_int_equal(seen.at, seen.count);
}

static void forget(uintptr_t address)
{
	uint32_t *leaf = shadow_leaf(address);

	if (leaf)
		memset(leaf, 0, (REGION_BYTES >> shadow.granule_shift) * sizeof *leaf);
}

static void live_through_random_events(unsigned granule_bytes)
{
	static struct heap heap;

	heap = (struct heap) { .random = { granule_bytes }, .granule_bytes = granule_bytes };
	memset(shadow.leaf, 0, sizeof shadow.leaf);
	shadow_init(granule_bytes);
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned i = (unsigned)random_below(&heap.random, BLOCKS);

		if (heap.block[i].used)
			check(&heap, i, random_below(&heap.random, 2));
		else
			put(&heap, i);
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		check(&heap, i, false);
	check_each(&heap);
	for (unsigned i = 0; i < BLOCKS; i++)
		check(&heap, i, true);
	for (unsigned window = 0; window < WINDOWS; window++)
		assert_int_equal(shadow_get(window_start(&heap, window), false).account, 0);
	check_each(&heap);
}

static void random_blocks_are_as_in_a_plain_table(void **state)
{
	(void)state;
	live_through_random_events(8);
	live_through_random_events(16);
	live_through_random_events(32);
}

static void slack_of_every_size_is_kept(void **state)
{
	static const uint64_t slack[] = { 0, 1, SLACK_MAX - 1, SLACK_MAX, SLACK_FLAGGED, SLACK_WIDE,
					  64, 127, 128, 4096, UINT32_MAX - 1, UINT32_MAX };
	uintptr_t address = 5 * REGION_BYTES + 4096;
	uint32_t missed = 0;

	(void)state;
	shadow_init(32);
	for (size_t i = 0; i < sizeof slack / sizeof *slack; i++) {
		assert_true(shadow_put(address, 9, slack[i], &missed));
		assert_int_equal(shadow_get(address, false).slack_bytes, slack[i]);
		assert_int_equal(shadow_get(address, true).slack_bytes, slack[i]);
		assert_int_equal(shadow_get(address + 32, false).account, 0);
	}
	assert_true(shadow_put(address, 9, (uint64_t)1 << 40, &missed));
	assert_int_equal(shadow_get(address, true).slack_bytes, UINT32_MAX);
}

static void wide_slack_at_the_end_of_a_region_reaches_into_the_next(void **state)
{
	uintptr_t next = 0x700 * REGION_BYTES, address = next - 16;
	uint32_t missed = 0;

	(void)state;
	shadow_init(32);
	assert_null(shadow_leaf(next));
	assert_true(shadow_put(address, 3, 100000, &missed));
	assert_non_null(shadow_leaf(next));
	assert_int_equal(shadow_get(address, true).slack_bytes, 100000);
	assert_int_equal(*shadow_leaf(next), 0);
}

static void a_block_whose_free_was_missed_is_reported(void **state)
{
	uintptr_t address = 6 * REGION_BYTES;
	uint32_t missed = 0;

	(void)state;
	shadow_init(32);
	assert_true(shadow_put(address, 5, 7, &missed));
	assert_int_equal(missed, 0);
	assert_true(shadow_put(address, 6, 8, &missed));
	assert_int_equal(missed >> ENTRY_ACCOUNT_SHIFT, 5);
	assert_int_equal(missed & SLACK_MASK, 7);
	assert_int_equal(shadow_get(address, true).account, 6);
	forget(address);
}

static void addresses_that_no_program_has_are_refused(void **state)
{
	uint32_t missed = 0;

	(void)state;
	shadow_init(32);
	assert_int_equal(shadow_get((uintptr_t)1 << MACHINE_ADDRESS_BITS, true).account, 0);
	assert_int_equal(shadow_get(UINTPTR_MAX - 31, true).account, 0);
	assert_false(shadow_put((uintptr_t)1 << MACHINE_ADDRESS_BITS, 1, 0, &missed));
	/* A block at the very end has no place for wide slack. */
	assert_false(shadow_put(((uintptr_t)1 << MACHINE_ADDRESS_BITS) - 32, 1, 100, &missed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_blocks_are_as_in_a_plain_table),
		cmocka_unit_test(slack_of_every_size_is_kept),
		cmocka_unit_test(wide_slack_at_the_end_of_a_region_reaches_into_the_next),
		cmocka_unit_test(a_block_whose_free_was_missed_is_reported),
		cmocka_unit_test(addresses_that_no_program_has_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
