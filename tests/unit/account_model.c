#include "tests/unit/account_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/call_tree_child.h"
#include "tracer/guard.h"
#include "tracer/real.h"
#include "tracer/shards.h"
#include "tracer/total.h"

static const uintptr_t HEAP_START = (uintptr_t)0x123 << 32;

enum { BLOCK_ROOM = 1 << 17 };

uint64_t model_usable[THREADS][BLOCKS];

void *model_block_address(unsigned heap, unsigned i)
{
	return (void *)(HEAP_START + ((uintptr_t)heap * BLOCKS + i) * BLOCK_ROOM);
}

static size_t fake_usable_size(void *block)
{
	uintptr_t number = ((uintptr_t)block - HEAP_START) / BLOCK_ROOM;

	return model_usable[number / BLOCKS][number % BLOCKS];
}

struct frame model_site_frame(unsigned site)
{
	static uintptr_t no_stack[16];

	return (struct frame) { .pc = 0x1000 + site * 16, .sp = (uintptr_t)no_stack, .bp = 0 };
}

/* --- The model ------------------------------------------------------------------- */

void model_changed(struct model *model)
{
	if (model->live_bytes <= model->peak_bytes)
		return;
	model->peak_bytes = model->live_bytes;
	for (unsigned i = 0; i < model->sites; i++) {
		struct model_site *site = &model->site[i];

		site->peak_bytes = site->allocated_bytes - site->freed_bytes;
		site->peak_blocks = site->allocations - site->frees;
	}
}

static void model_alloc(struct model *model, const struct model_block *block)
{
	struct model_site *site = &model->site[block->site];

	site->allocations++;
	site->allocated_bytes += (int64_t)block->requested;
	site->slack_bytes += (int64_t)(block->usable - block->requested);
	model->live_bytes += (int64_t)block->requested;
	model->live_blocks++;
	model->allocations++;
	model->allocated_bytes += (int64_t)block->requested;
	model->size_class[size_class_of(block->requested)]++;
	model_changed(model);
}

void model_free(struct model *model, const struct model_block *block, bool temporary)
{
	struct model_site *site = &model->site[block->site];

	site->frees++;
	site->freed_bytes += (int64_t)block->requested;
	site->slack_bytes -= (int64_t)(block->usable - block->requested);
	site->temporaries += temporary;
	model->live_bytes -= (int64_t)block->requested;
	model->live_blocks--;
}

/* --- Events ------------------------------------------------------------------------ */

static struct model_block draw_block(struct model *model)
{
	struct model_block block = { .live = true };
	unsigned kind = (unsigned)random_below(&model->random, 100);

	block.requested = random_below(&model->random, kind < 90 ? 600 : 60000);
	block.usable = block.requested + random_below(&model->random, kind % 10 ? 16 : 5000);
	if (block.usable < 24)
		block.usable = 24;
	block.site = (unsigned)random_below(&model->random, model->sites);
	return block;
}

void event_alloc_block(struct model *model, unsigned heap, unsigned i,
		       struct model_block fresh)
{
	struct model_block *block = &model->block[i];
	struct frame caller;

	*block = fresh;
	model_usable[heap][i] = block->usable;
	caller = model_site_frame(block->site);
	account_alloc(model_block_address(heap, i), block->requested, &caller);
	model_alloc(model, block);
}

void event_alloc(struct model *model, unsigned heap, unsigned i)
{
	event_alloc_block(model, heap, i, draw_block(model));
}

void event_free(struct model *model, unsigned heap, unsigned i, bool temporary)
{
	struct model_block *block = &model->block[i];

	assert_true(account_free(model_block_address(heap, i), model_site_frame(0).sp));
	model_free(model, block, temporary);
	block->live = false;
}

void event_realloc(struct model *model, unsigned heap, unsigned i, bool temporary)
{
	struct model_block *old = &model->block[i], fresh = draw_block(model);
	unsigned to = (unsigned)random_below(&model->random, BLOCKS);
	struct frame caller = model_site_frame(fresh.site);
	struct moving_block moving = account_realloc_begin(model_block_address(heap, i));

	if (model->block[to].live && to != i) {
		account_realloc_failed(model_block_address(heap, i), &moving);
		return;
	}
	model_free(model, old, temporary);
	old->live = false;
	model_usable[heap][to] = fresh.usable;
	account_realloc_end(&moving, model_block_address(heap, i), model_block_address(heap, to),
			    fresh.requested, &caller);
	model->block[to] = fresh;
	model_alloc(model, &fresh);
}

/* --- What is compared ------------------------------------------------------------ */

static void find_accounts(struct model *model)
{
	int folded = 0;
	node_id cut = call_tree_child(&profile.tree, NODE_ROOT, PLACE(MODULE_NONE, PLACE_TRUNCATED),
				      &folded);

	for (unsigned i = 0; i < model->sites; i++) {
		node_id node = call_tree_child(&profile.tree, cut,
					       PLACE(MODULE_NONE, model_site_frame(i).pc), &folded);

		model->site[i].account = call_tree_account_of(&profile.tree, node, 0, ACCOUNT_HEAP);
	}
}

static void compare_site(const struct model_site *site, bool peaks)
{
	struct live_sums sums = live_profile_sums(site->account);

	assert_int_equal(sums.allocations, site->allocations);
	assert_int_equal(sums.allocated_bytes, site->allocated_bytes);
	assert_int_equal(sums.frees, site->frees);
	assert_int_equal(sums.freed_bytes, site->freed_bytes);
	assert_int_equal(sums.slack_bytes, site->slack_bytes);
	assert_int_equal(sums.temporaries, site->temporaries);
	if (peaks) {
		assert_int_equal(sums.peak_bytes, site->peak_bytes);
		assert_int_equal(sums.peak_blocks, site->peak_blocks);
	}
}

void model_compare(const struct model *model, bool peaks)
{
	struct totals totals;

	total_read(&totals);
	assert_int_equal(totals.live_bytes, model->live_bytes);
	assert_int_equal(totals.live_blocks, model->live_blocks);
	assert_int_equal(totals.allocations, model->allocations);
	assert_int_equal(totals.allocated_bytes, model->allocated_bytes);
	if (peaks) {
		assert_int_equal(live_profile_peak(), model->peak_bytes);
		assert_int_equal(profile_header()->peak_bound_bytes, 0);
	}
	for (unsigned i = 0; i < model->sites; i++)
		compare_site(&model->site[i], peaks);
}

void model_compare_size_classes(const struct model *model)
{
	for (unsigned class = 0; class < SIZE_CLASSES; class++) {
		uint64_t count = 0;

		for (uint32_t shard = 0; shard < shards_count(); shard++)
			count += shards_at(shard)->page->size_class[class];
		assert_int_equal(count, model->size_class[class]);
	}
}

void model_end_heap(struct model *model, unsigned heap)
{
	guard_local.thread->newest_block = 0;
	for (unsigned i = 0; i < BLOCKS; i++)
		if (model->block[i].live)
			event_free(model, heap, i, false);
}

struct model *model_new(uint64_t seed)
{
	return model_of_sites(seed, SITES);
}

struct model *model_of_sites(uint64_t seed, unsigned sites)
{
	struct model *model = calloc(1, sizeof *model);
	struct totals totals;

	model->random.state = seed;
	model->sites = sites;
	find_accounts(model);
	total_read(&totals);
	model->live_bytes = totals.live_bytes;
	model->live_blocks = totals.live_blocks;
	model->allocations = (int64_t)totals.allocations;
	model->allocated_bytes = (int64_t)totals.allocated_bytes;
	for (unsigned i = 0; i < model->sites; i++) {
		struct live_sums sums = live_profile_sums(model->site[i].account);

		model->site[i].allocations = sums.allocations;
		model->site[i].allocated_bytes = sums.allocated_bytes;
		model->site[i].frees = sums.frees;
		model->site[i].freed_bytes = sums.freed_bytes;
		model->site[i].slack_bytes = sums.slack_bytes;
		model->site[i].temporaries = sums.temporaries;
	}
	for (uint32_t shard = 0; shard < shards_count(); shard++)
		for (unsigned class = 0; class < SIZE_CLASSES; class++)
			model->size_class[class] += shards_at(shard)->page->size_class[class];
	total_reset_peak();
	profile_header()->peak_bound_bytes = 0;
	model->peak_bytes = model->live_bytes;
	return model;
}

/* --- Threads, made up ---------------------------------------------------------- */

/* The states of threads that this one takes on in turn. */
static struct guard_local made_up[SHARDS];

void made_up_become(unsigned who)
{
	guard_local = made_up[who];
}

void made_up_leave(unsigned who)
{
	made_up[who] = guard_local;
}

void made_up_end(unsigned who)
{
	made_up_become(who);
	guard_thread_end();
	made_up[who] = (struct guard_local) { NULL, GUARD_NEW, 0 };
	guard_local = made_up[who];
}

void made_up_begin(void)
{
	guard_thread_end();
	memset(made_up, 0, sizeof made_up);
	made_up_become(0);
	assert_int_equal(shards_active(), 0);
}

void event_random(struct model *model, unsigned heap, unsigned *newest)
{
	unsigned i = (unsigned)random_below(&model->random, BLOCKS);
	bool temporary;

	/* Now more allocations, now more frees, so that there are many maxima. */
	if (random_below(&model->random, 8) == 0 && *newest < BLOCKS)
		i = *newest;
	temporary = i == *newest && model->block[i].live;
	if (!model->block[i].live) {
		event_alloc(model, heap, i);
		*newest = i;
	} else if (random_below(&model->random, 4)) {
		event_free(model, heap, i, temporary);
		if (temporary)
			*newest = BLOCKS;
	} else {
		uint64_t before = (uint64_t)model->allocations;

		event_realloc(model, heap, i, temporary);
		if ((uint64_t)model->allocations != before) {
			*newest = BLOCKS;
			/* The block it went to is the newest: nobody frees it as such here. */
			guard_local.thread->newest_block = 0;
		}
	}
}

int model_setup(void **state)
{
	int failed = live_profile_setup(state);

	real.usable_size = fake_usable_size;
	return failed;
}
