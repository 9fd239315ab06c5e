/* counters: whether events are in pages or in records, an account's sums are exact, and so is the peak. */
#include "tracer/counters.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "profile/once.h"
#include "tests/unit/account_model.h"
#include "tracer/guard.h"

enum { MANY = 4000 };

static unsigned pages_of(enum page_kind kind)
{
	unsigned count = 0;

	for (uint32_t page = HEADER_PAGE; page < profile_header()->pages_used; page++)
		count += page % PAGES_PER_EXTENT && page_entry_of(&profile.pages, page)->kind == kind;
	return count;
}

static unsigned records_in_use(const struct model *model, enum once_use use)
{
	unsigned count = 0;

	for (unsigned i = 0; i < model->sites; i++) {
		struct counter counter;
		uint32_t shard;

		if (counters_in_record(model->site[i].account, &counter, &shard))
			count += use == ONCE_LIVE ? !counter.frees :
						    counter.frees && counter.temporaries == (use == ONCE_TEMPORARY);
	}
	return count;
}

static uint64_t usable_bytes(const struct model *model)
{
	int64_t bytes = 0;

	for (unsigned i = 0; i < model->sites; i++)
		bytes += model->site[i].allocated_bytes - model->site[i].freed_bytes +
			 model->site[i].slack_bytes;
	return (uint64_t)bytes;
}

static struct model_block block_of(unsigned site)
{
	return (struct model_block) { 40 + site % 1000, 40 + site % 1000 + site % 20, site, true };
}

/* The first 256 accounts have pages, whatever they are; 2000 sites are used once. */
static void stacks_that_come_once_take_a_quarter(void **state)
{
	struct model *model = model_of_sites(1, MANY);
	unsigned pages;

	(void)state;
	for (unsigned site = 0; site < 1000; site++) {
		event_alloc_block(model, 0, site, block_of(site));
		if (site % 4)
			event_free(model, 0, site, true);
	}
	model_compare(model, true);
	pages = pages_of(PAGE_COUNTERS);
	for (unsigned site = 1000; site < 2000; site++) {
		event_alloc_block(model, 0, site, block_of(site));
		if (site % 4)
			event_free(model, 0, site, true);
	}
	model_compare(model, true);
	assert_int_equal(pages_of(PAGE_COUNTERS), pages);
	assert_true(pages <= 2 * ONCES_PER_PAGE / COUNTERS_PER_PAGE);
	assert_in_range(pages_of(PAGE_ONCES), 6, 8);
	assert_true(records_in_use(model, ONCE_LIVE) >= (2000 - 512) / 4);
	assert_true(records_in_use(model, ONCE_TEMPORARY) >= (2000 - 512) / 4 * 3);
	assert_true(usable_bytes(model) > 500 * 40);
	assert_int_equal(counters_usable_bytes(), usable_bytes(model));
	/* What is live ends later, not as temporaries. */
	guard_local.thread->newest_block = 0;
	for (unsigned site = 0; site < 1000; site++)
		if (model->block[site].live)
			event_free(model, 0, site, false);
	model_compare(model, true);
	assert_int_equal(pages_of(PAGE_COUNTERS), pages);
	assert_true(records_in_use(model, ONCE_FREED) >= (1000 - 512) / 4);
	free(model);
}

/* What a record cannot hold is in a page; the record stays as it is. */
static void what_no_record_holds_is_in_pages(void **state)
{
	struct model *model = model_of_sites(2, MANY);
	unsigned records = pages_of(PAGE_ONCES), pages = pages_of(PAGE_COUNTERS);
	const struct model_block large = { (uint64_t)ONCE_SIZE_MAX + 1, (uint64_t)ONCE_SIZE_MAX + 1, 2300, true };
	const struct model_block wide = { 100, 100 + ONCE_SLACK_MAX + 1, 2400, true };

	(void)state;
	for (unsigned site = 2000; site < 2500; site++)
		if (!model->block[site % BLOCKS].live) {
			event_alloc_block(model, 1, site % BLOCKS,
					  site == 2300 ? large : site == 2400 ? wide : block_of(site));
			event_free(model, 1, site % BLOCKS, true);
		}
	model_compare(model, true);
	assert_true(pages_of(PAGE_ONCES) > records);
	assert_int_equal(pages_of(PAGE_COUNTERS), pages + 2);
	for (unsigned site = 1500; site < 1510; site++) {       /* again */
		event_alloc_block(model, 1, site, block_of(site));
		model_compare(model, true);
		event_free(model, 1, site, true);
		model_compare(model, true);
	}
	assert_in_range(pages_of(PAGE_COUNTERS), pages + 3, pages + 4);
	free(model);
}

/* realloc: a free and an allocation in one hook, of two accounts or of one. */
static void one_hook_may_touch_two_accounts(void **state)
{
	struct model *model = model_of_sites(3, MANY);
	unsigned pages;

	(void)state;
	for (unsigned site = 2500; site < 2900; site++) {
		event_alloc_block(model, 2, site % BLOCKS, block_of(site));
		event_free(model, 2, site % BLOCKS, true);
	}
	pages = pages_of(PAGE_COUNTERS);
	event_alloc_block(model, 2, 0, block_of(2900));
	for (unsigned site = 2901; site < 3000; site++) {
		struct model_block fresh = block_of(site);
		struct frame caller = model_site_frame(site);
		struct moving_block moving = account_realloc_begin(model_block_address(2, 0));

		model_free(model, &model->block[0], site == 2901);
		guard_local.thread->newest_block = site == 2901 ? guard_local.thread->newest_block : 0;
		model_usable[2][0] = fresh.usable;
		account_realloc_end(&moving, model_block_address(2, 0), model_block_address(2, 0),
				    fresh.requested, &caller);
		model->block[0] = fresh;
		model->allocations++;
		model->allocated_bytes += (int64_t)fresh.requested;
		model->site[site].allocations++;
		model->site[site].allocated_bytes += (int64_t)fresh.requested;
		model->site[site].slack_bytes += (int64_t)(fresh.usable - fresh.requested);
		model->live_blocks++;
		model->live_bytes += (int64_t)fresh.requested;
		model_changed(model);
		model_compare(model, true);
	}
	assert_int_equal(pages_of(PAGE_COUNTERS), pages);
	guard_local.thread->newest_block = 0;
	event_free(model, 2, 0, false);
	model_compare(model, true);
	free(model);
}

/* Blocks go from thread to thread; each in turn, so that the peak is exact. */
static void threads_that_free_others_blocks_are_exact(void **state)
{
	struct model *model;

	(void)state;
	made_up_begin();
	model = model_of_sites(4, MANY);
	for (unsigned turn = 0; turn < 50; turn++) {
		unsigned who = turn % SHARDS, next = (turn + 1) % SHARDS;

		made_up_become(who);
		for (unsigned event = 0; event < 100; event++) {
			unsigned i = (unsigned)random_below(&model->random, 300);

			guard_leave(guard_enter(UINTPTR_MAX));
			guard_local.thread->newest_block = 0;
			if (model->block[i].live)
				event_free(model, 3, i, false);
			else
				event_alloc_block(model, 3, i, block_of(3000 + (turn * 100 + event) % 1000));
		}
		made_up_leave(who);
		model_compare(model, true);
		assert_int_equal(counters_usable_bytes(), usable_bytes(model));
		made_up_become(next);
		guard_leave(guard_enter(UINTPTR_MAX));
		made_up_leave(next);
		made_up_end(who);
	}
	made_up_become(0);
	for (unsigned i = 0; i < 300; i++)
		if (model->block[i].live)
			event_free(model, 3, i, false);
	model_compare(model, true);
	free(model);
}

/* A thread's own blocks at sites that all have, and that come once to each. */
static void *use_sites(void *argument)
{
	const unsigned heap = *(unsigned *)argument;

	for (unsigned i = 0; i < BLOCKS; i++) {
		struct frame caller = model_site_frame(MANY + i / 2);

		model_usable[heap][i] = 64;
		account_alloc(model_block_address(heap, i), 60, &caller);
		if (i % 3)
			account_free(model_block_address(heap, i), caller.sp);
	}
	return NULL;
}

static void threads_at_once_lose_nothing(void **state)
{
	unsigned heap[THREADS], records = pages_of(PAGE_ONCES);
	pthread_t threads[THREADS];
	struct model *model;

	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		heap[i] = i;
		pthread_create(&threads[i], NULL, use_sites, &heap[i]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	model = model_of_sites(5, SITES_MAX);
	for (unsigned site = MANY; site < SITES_MAX; site++) {
		unsigned i = (site - MANY) * 2, frees = (i % 3 != 0) + ((i + 1) % 3 != 0);

		assert_int_equal(model->site[site].allocations, 2 * THREADS);
		assert_int_equal(model->site[site].allocated_bytes, 2 * THREADS * 60);
		assert_int_equal(model->site[site].frees, frees * THREADS);
		assert_int_equal(model->site[site].slack_bytes, (2 - frees) * THREADS * 4);
	}
	assert_in_range(pages_of(PAGE_ONCES), records, records + 4);
	free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_that_come_once_take_a_quarter),
		cmocka_unit_test(what_no_record_holds_is_in_pages),
		cmocka_unit_test(one_hook_may_touch_two_accounts),
		cmocka_unit_test(threads_that_free_others_blocks_are_exact),
		cmocka_unit_test(threads_at_once_lose_nothing),
	};

	return cmocka_run_group_tests(tests, model_setup, live_profile_teardown);
}
