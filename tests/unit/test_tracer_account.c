#include "tracer/account.h"
#include "tracer/dag_nodes.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profile/size_class.h"
#include "profile/tick.h"
#include "tests/unit/call_tree_child.h"
#include "tests/unit/live_profile.h"
#include "tests/unit/random.h"
#include "tracer/dag.h"
#include "tracer/guard.h"
#include "tracer/real.h"
#include "tracer/shadow.h"
#include "tracer/total.h"

/*
 * Random allocations and frees at made-up addresses, with a made-up usable
 * size.  Threads are made up too where the test says so: one thread that takes
 * on the states of several in turn, so that their order is known.
 *
 * The oracle keeps a plain sum per account, and stores the whole composition
 * of the heap at every new maximum.
 */
enum { SITES = 40, BLOCKS = 2000, EVENTS = 60000, SHARDS = 5, THREADS = 4 };

static const uintptr_t HEAP_START = (uintptr_t)0x123 << 32;
enum { BLOCK_ROOM = 1 << 17 };

struct model_block { uint64_t requested, usable; unsigned site; bool live; };

struct model_site {
	account_id account;
	int64_t allocations, allocated_bytes, frees, freed_bytes, slack_bytes, temporaries;
	int64_t peak_bytes, peak_blocks;
};

struct model {
	struct random random;
	struct model_block block[BLOCKS];
	struct model_site site[SITES];
	int64_t live_bytes, live_blocks, peak_bytes, allocations, allocated_bytes;
	uint64_t size_class[SIZE_CLASSES];
};

static uint64_t usable[THREADS][BLOCKS];        /* what the made-up allocator answers */

static void *block_address(unsigned heap, unsigned i)
{
	return (void *)(HEAP_START + ((uintptr_t)heap * BLOCKS + i) * BLOCK_ROOM);
}

static size_t fake_usable_size(void *block)
{
	uintptr_t number = ((uintptr_t)block - HEAP_START) / BLOCK_ROOM;

	return usable[number / BLOCKS][number % BLOCKS];
}

/*
 * A call site that is no code: its stack is this one place, under a mark that
 * says that the walk got no further.
 */
static struct frame site_frame(unsigned site)
{
	static uintptr_t no_stack[16];

	return (struct frame) { .pc = 0x1000 + site * 16, .sp = (uintptr_t)no_stack, .bp = 0 };
}

/* --- The model ------------------------------------------------------------------- */

static void model_changed(struct model *model)
{
	if (model->live_bytes <= model->peak_bytes)
		return;
	model->peak_bytes = model->live_bytes;
	for (unsigned i = 0; i < SITES; i++) {
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

static void model_free(struct model *model, const struct model_block *block, bool temporary)
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
	block.site = (unsigned)random_below(&model->random, SITES);
	return block;
}

static void do_alloc_block(struct model *model, unsigned heap, unsigned i,
			   struct model_block fresh)
{
	struct model_block *block = &model->block[i];
	struct frame caller;

	*block = fresh;
	usable[heap][i] = block->usable;
	caller = site_frame(block->site);
	account_alloc(block_address(heap, i), block->requested, &caller);
	model_alloc(model, block);
}

static void do_alloc(struct model *model, unsigned heap, unsigned i)
{
	do_alloc_block(model, heap, i, draw_block(model));
}

static void do_free(struct model *model, unsigned heap, unsigned i, bool temporary)
{
	struct model_block *block = &model->block[i];

	assert_true(account_free(block_address(heap, i), site_frame(0).sp));
	model_free(model, block, temporary);
	block->live = false;
}

/* To another block that is not in use, or in place, or in vain. */
static void do_realloc(struct model *model, unsigned heap, unsigned i, bool temporary)
{
	struct model_block *old = &model->block[i], fresh = draw_block(model);
	unsigned to = (unsigned)random_below(&model->random, BLOCKS);
	struct frame caller = site_frame(fresh.site);
	struct moving_block moving = account_realloc_begin(block_address(heap, i));

	if (model->block[to].live && to != i) {
		account_realloc_failed(block_address(heap, i), &moving);
		return;
	}
	model_free(model, old, temporary);
	old->live = false;
	usable[heap][to] = fresh.usable;
	account_realloc_end(&moving, block_address(heap, i), block_address(heap, to),
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

	for (unsigned i = 0; i < SITES; i++) {
		node_id node = call_tree_child(&profile.tree, cut,
					       PLACE(MODULE_NONE, site_frame(i).pc), &folded);

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

static void compare(const struct model *model, bool peaks)
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
	for (unsigned i = 0; i < SITES; i++)
		compare_site(&model->site[i], peaks);
}

static void compare_size_classes(const struct model *model)
{
	for (unsigned class = 0; class < SIZE_CLASSES; class++) {
		uint64_t count = 0;

		for (uint32_t shard = 0; shard < guard_shards(); shard++)
			count += guard_shard(shard)->page->size_class[class];
		assert_int_equal(count, model->size_class[class]);
	}
}

/* Free all; none of it as a temporary. */
static void end_heap(struct model *model, unsigned heap)
{
	guard_local.thread->newest_block = 0;
	for (unsigned i = 0; i < BLOCKS; i++)
		if (model->block[i].live)
			do_free(model, heap, i, false);
}

/* A model of what the profile says already: tests follow each other. */
static struct model *new_model(uint64_t seed)
{
	struct model *model = calloc(1, sizeof *model);
	struct totals totals;

	model->random.state = seed;
	find_accounts(model);
	total_read(&totals);
	model->live_bytes = totals.live_bytes;
	model->live_blocks = totals.live_blocks;
	model->allocations = (int64_t)totals.allocations;
	model->allocated_bytes = (int64_t)totals.allocated_bytes;
	for (unsigned i = 0; i < SITES; i++) {
		struct live_sums sums = live_profile_sums(model->site[i].account);

		model->site[i].allocations = sums.allocations;
		model->site[i].allocated_bytes = sums.allocated_bytes;
		model->site[i].frees = sums.frees;
		model->site[i].freed_bytes = sums.freed_bytes;
		model->site[i].slack_bytes = sums.slack_bytes;
		model->site[i].temporaries = sums.temporaries;
	}
	for (uint32_t shard = 0; shard < guard_shards(); shard++)
		for (unsigned class = 0; class < SIZE_CLASSES; class++)
			model->size_class[class] += guard_shard(shard)->page->size_class[class];
	total_reset_peak();
	profile_header()->peak_bound_bytes = 0;
	model->peak_bytes = model->live_bytes;
	return model;
}

/* --- Threads, made up ---------------------------------------------------------- */

/* The states of threads that this one takes on in turn. */
static struct guard_local made_up[SHARDS];

static void become(unsigned who)
{
	guard_local = made_up[who];
}

static void leave(unsigned who)
{
	made_up[who] = guard_local;
}

static void end_made_up(unsigned who)
{
	become(who);
	guard_thread_end();
	made_up[who] = (struct guard_local) { NULL, GUARD_NEW, 0 };
	guard_local = made_up[who];
}

/* This thread ends, whichever it is, and all that are made up begin anew. */
static void begin_made_up(void)
{
	guard_thread_end();
	memset(made_up, 0, sizeof made_up);
	become(0);
	assert_int_equal(guard_active(), 0);
}

/* --- One thread: all is exact -------------------------------------------------- */

/* One event; `*newest`: the block that was allocated last and is freed as a temporary. */
static void one_event(struct model *model, unsigned heap, unsigned *newest)
{
	unsigned i = (unsigned)random_below(&model->random, BLOCKS);
	bool temporary;

	/* Now more allocations, now more frees, so that there are many maxima. */
	if (random_below(&model->random, 8) == 0 && *newest < BLOCKS)
		i = *newest;
	temporary = i == *newest && model->block[i].live;
	if (!model->block[i].live) {
		do_alloc(model, heap, i);
		*newest = i;
	} else if (random_below(&model->random, 4)) {
		do_free(model, heap, i, temporary);
		if (temporary)
			*newest = BLOCKS;
	} else {
		uint64_t before = (uint64_t)model->allocations;

		do_realloc(model, heap, i, temporary);
		if ((uint64_t)model->allocations != before) {
			*newest = BLOCKS;
			/* The block it went to is the newest: nobody frees it as such here. */
			guard_local.thread->newest_block = 0;
		}
	}
}

static void one_threads_counters_and_peak_are_exact(void **state)
{
	struct model *model = new_model(1);
	unsigned newest = BLOCKS;

	(void)state;
	for (unsigned event = 0; event < EVENTS; event++) {
		one_event(model, 0, &newest);
		if (event % 1000 == 0)
			compare(model, true);
	}
	compare(model, true);
	compare_size_classes(model);
	assert_true(profile_header()->peak_epoch > 100);
	end_heap(model, 0);
	compare(model, true);
	free(model);
}

static void a_maximum_that_starts_anew_is_exact_again(void **state)
{
	struct model *model = new_model(2);
	unsigned newest = BLOCKS;

	(void)state;
	for (unsigned event = 0; event < EVENTS / 2; event++) {
		if (event % 5000 == 4999) {
			total_reset_peak();
			model->peak_bytes = INT64_MIN;
			model_changed(model);
		}
		one_event(model, 0, &newest);
		if (event % 500 == 0)
			compare(model, true);
	}
	end_heap(model, 0);
	free(model);
}

/*
 * Threads that follow each other, each freeing what others left: shards hold
 * negative sums, and the maximum stays exact.
 */
static void threads_one_after_the_other_leave_exact_sums(void **state)
{
	struct model *model;
	unsigned newest = BLOCKS;

	(void)state;
	begin_made_up();
	model = new_model(3);
	for (unsigned turn = 0; turn < 60; turn++) {
		unsigned who = turn % SHARDS, next = (turn + 1) % SHARDS;

		become(who);
		for (unsigned event = 0; event < 300; event++)
			one_event(model, 0, &newest);
		leave(who);
		compare(model, true);
		/* The next claims another shard before this one's is free. */
		become(next);
		newest = BLOCKS;
		guard_leave(guard_enter(UINTPTR_MAX));
		leave(next);
		end_made_up(who);
	}
	assert_int_equal(guard_active(), 1);
	assert_true(guard_shards() >= 2);
	become(60 % SHARDS);
	compare_size_classes(model);
	end_heap(model, 0);
	compare(model, true);
	free(model);
}

/* --- Several at once: sums are exact, the peak within its bound ------------------ */

static void check_bound(const struct model *model)
{
	const struct profile_header *header = profile_header();

	assert_true((int64_t)header->peak_bytes <= model->peak_bytes);
	assert_true((int64_t)(header->peak_bytes + header->peak_bound_bytes) >= model->peak_bytes);
	assert_true(header->peak_bound_bytes <= 2 * SHARDS * TOTAL_BATCH_BYTES);
}

static void interleaved_threads_know_the_peak_within_its_bound(void **state)
{
	struct model *model;
	unsigned newest[SHARDS];

	(void)state;
	begin_made_up();
	model = new_model(4);
	for (unsigned who = 0; who < SHARDS; who++) {
		become(who);
		guard_leave(guard_enter(UINTPTR_MAX));
		leave(who);
		newest[who] = BLOCKS;
	}
	assert_int_equal(guard_active(), SHARDS);
	for (unsigned event = 0; event < EVENTS; event++) {
		unsigned who = (unsigned)random_below(&model->random, SHARDS);

		become(who);
		guard_local.thread->newest_block = 0;
		newest[who] = BLOCKS;
		one_event(model, 0, &newest[who]);
		leave(who);
		check_bound(model);
		if (event % 5000 == 0)
			compare(model, false);
	}
	become(0);
	end_heap(model, 0);
	compare(model, false);
	leave(0);
	for (unsigned who = 1; who < SHARDS; who++)
		end_made_up(who);
	become(0);
	free(model);
}

static void alloc_bytes(struct model *model, unsigned i, uint64_t bytes)
{
	do_alloc_block(model, 0, i, (struct model_block) { bytes, bytes, i % SITES, true });
}

/*
 * Two threads that have just looked may rise above the old maximum before they
 * look again: what they then miss is within the bound all the same.
 */
static void a_peak_that_nobody_looked_at_is_within_the_bound(void **state)
{
	struct model *model;

	(void)state;
	begin_made_up();
	model = new_model(5);
	alloc_bytes(model, 0, 80000);
	alloc_bytes(model, 1, 20000);
	do_free(model, 0, 1, true);
	compare(model, true);
	leave(0);
	become(1);
	alloc_bytes(model, 2, 16);
	leave(1);
	become(0);
	alloc_bytes(model, 3, 16);
	for (unsigned i = 10; i < 20; i++)
		alloc_bytes(model, i, 2500);
	leave(0);
	become(1);
	for (unsigned i = 20; i < 30; i++) {
		alloc_bytes(model, i, 2500);
		check_bound(model);
	}
	end_heap(model, 0);
	check_bound(model);
	end_made_up(1);
	become(0);
	/* Alone again, and above all that was possible: exact. */
	alloc_bytes(model, 0, 1 << 20);
	assert_int_equal(profile_header()->peak_bytes, model->peak_bytes);
	assert_int_equal(profile_header()->peak_bound_bytes, 0);
	end_heap(model, 0);
	free(model);
}

/* A heap of thread 0 that is larger than it ever was, and of which the header does not know that. */
static struct model *rising_model(unsigned seed)
{
	struct model *model;

	begin_made_up();
	model = new_model(seed);
	for (unsigned i = 0; i < BLOCKS / 2; i++)       /* it has been alone for a while */
		alloc_bytes(model, i, 30);
	assert_true(guard_local.thread->page->net_bytes > guard_local.thread->peak_net);
	assert_true((int64_t)profile_header()->peak_bytes < model->peak_bytes);
	compare(model, true);
	leave(0);
	return model;
}

static void who_comes_and_frees_takes_no_peak_away(void **state)
{
	struct model *model = rising_model(6);

	(void)state;
	become(1);
	do_free(model, 0, 3, false);
	assert_int_equal(profile_header()->peak_bytes, model->peak_bytes);
	compare(model, false);
	leave(1);
	become(0);
	do_free(model, 0, 4, false);
	assert_false(guard_local.thread->page->net_bytes > guard_local.thread->peak_net);
	check_bound(model);
	end_heap(model, 0);
	leave(0);
	end_made_up(1);
	become(0);
	compare(model, false);
	free(model);
}

static void the_peak_of_a_thread_that_ended_is_not_lost(void **state)
{
	struct model *model = rising_model(7);

	(void)state;
	end_made_up(0);
	assert_int_equal(guard_active(), 0);
	become(1);
	guard_leave(guard_enter(UINTPTR_MAX));
	end_heap(model, 0);
	assert_int_equal(profile_header()->peak_bytes, model->peak_bytes);
	compare(model, true);
	end_made_up(1);
	become(0);
	free(model);
}

struct worker { struct model *model; unsigned heap; };

static void *work(void *argument)
{
	struct worker *worker = argument;
	unsigned newest = BLOCKS;

	for (unsigned event = 0; event < EVENTS / 2; event++)
		one_event(worker->model, worker->heap, &newest);
	end_heap(worker->model, worker->heap);
	return NULL;
}

static void add_site(struct model_site *to, const struct model_site *from)
{
	to->allocations += from->allocations;
	to->allocated_bytes += from->allocated_bytes;
	to->frees += from->frees;
	to->freed_bytes += from->freed_bytes;
	to->slack_bytes += from->slack_bytes;
	to->temporaries += from->temporaries;
}

static void threads_at_once_lose_nothing(void **state)
{
	struct model *sum = new_model(6);
	struct worker worker[THREADS];
	pthread_t threads[THREADS];
	int64_t highest = 0;

	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		worker[i] = (struct worker) { calloc(1, sizeof *sum), i };
		worker[i].model->random.state = 100 + i;
		pthread_create(&threads[i], NULL, work, &worker[i]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		for (unsigned site = 0; site < SITES; site++)
			add_site(&sum->site[site], &worker[i].model->site[site]);
		sum->allocations += worker[i].model->allocations;
		sum->allocated_bytes += worker[i].model->allocated_bytes;
		for (unsigned class = 0; class < SIZE_CLASSES; class++)
			sum->size_class[class] += worker[i].model->size_class[class];
		if (worker[i].model->peak_bytes > highest)
			highest = worker[i].model->peak_bytes;
		sum->peak_bytes += worker[i].model->peak_bytes;
		free(worker[i].model);
	}
	compare(sum, false);
	compare_size_classes(sum);
	/* No thread's own maximum is above the process's, nor that above their sum. */
	assert_true((int64_t)(profile_header()->peak_bytes + profile_header()->peak_bound_bytes) >=
		    highest);
	assert_true((int64_t)profile_header()->peak_bytes <= sum->peak_bytes);
	free(sum);
}

/* --- Single events ------------------------------------------------------------- */

static void unknown_blocks_are_not_freed(void **state)
{
	(void)state;
	assert_false(account_free(block_address(0, 7), site_frame(0).sp));
	assert_int_equal(account_realloc_begin(block_address(0, 7)).account, 0);
}

static void a_failed_realloc_is_no_event(void **state)
{
	struct model *model = new_model(7);
	struct moving_block moving;

	(void)state;
	do_alloc(model, 0, 3);
	moving = account_realloc_begin(block_address(0, 3));
	assert_false(account_free(block_address(0, 3), site_frame(0).sp));
	account_realloc_failed(block_address(0, 3), &moving);
	compare(model, true);
	do_free(model, 0, 3, true);
	compare(model, true);
	free(model);
}

static void a_counter_keeps_when_it_was_last_touched(void **state)
{
	struct profile_header *header = profile_header();
	struct frame caller = site_frame(1);
	const struct counter *counter;

	(void)state;
	header->tick = tick_of_ms(3600000);     /* later than now: nobody renews it */
	account_alloc(block_address(0, 4), 24, &caller);
	counter = guard_counter(guard_local.thread,
				shadow_get((uintptr_t)block_address(0, 4), false).account);
	assert_int_equal(tick_in(counter->epoch_and_allocation), tick_of_ms(3600000));
	header->tick = tick_of_ms(7200000);
	assert_true(account_free(block_address(0, 4), caller.sp));
	assert_int_equal(tick_in(counter->epoch_and_allocation), tick_of_ms(3600000));
	assert_int_equal(tick_in(counter->slack_and_free), tick_of_ms(7200000));
}

static void the_tick_moves_on_with_allocations(void **state)
{
	struct profile_header *header = profile_header();
	struct frame caller = site_frame(1);

	(void)state;
	header->start_monotonic_ns = 1;         /* so that the time since is some */
	header->tick = tick_of_ms(0);
	header->tick_gap_ms = 0;
	for (int i = 0; i < 256; i++) {
		account_alloc(block_address(0, 3), 24, &caller);
		assert_true(account_free(block_address(0, 3), caller.sp));
	}
	assert_true(header->tick > tick_of_ms(0));
	assert_true(header->tick_gap_ms > 0);
}

static void a_realloc_to_nothing_frees(void **state)
{
	struct model *model = new_model(8);
	struct frame caller = site_frame(1);
	struct moving_block moving;

	(void)state;
	do_alloc(model, 0, 3);
	moving = account_realloc_begin(block_address(0, 3));
	account_realloc_end(&moving, block_address(0, 3), NULL, 0, &caller);
	model_free(model, &model->block[3], true);
	compare(model, true);
	free(model);
}

static void an_address_handed_out_again_counts_the_free_that_was_missed(void **state)
{
	struct model *model = new_model(9);
	uint64_t missed = profile_header()->quality.frees_missed;
	struct frame caller = site_frame(2);
	int64_t blocks;

	(void)state;
	do_alloc(model, 0, 3);
	blocks = model->live_blocks;
	account_alloc(block_address(0, 3), 1, &caller);
	assert_int_equal(profile_header()->quality.frees_missed, missed + 1);

	struct totals totals;

	total_read(&totals);
	assert_int_equal(totals.live_blocks, blocks);
	assert_true(account_free(block_address(0, 3), caller.sp));
	free(model);
}

static uint64_t allocated_at(const struct model_site *site, uint32_t node)
{
	uint32_t stack = call_tree_account(&profile.tree, site->account)->stack;

	return (uint64_t)live_profile_sums(call_tree_account_of(&profile.tree, stack, node,
								ACCOUNT_HEAP)).allocated_bytes;
}

static void a_node_is_charged_with_what_is_allocated_while_it_runs(void **state)
{
	struct model *model = new_model(10);
	struct frame caller = site_frame(2);
	uint32_t outer = dag_nodes_declare("outer", NULL, 0), inner = dag_nodes_declare("inner", &outer, 1);
	uint64_t outside = allocated_at(&model->site[2], 0);
	struct thread *thread = guard_enter(caller.sp);

	(void)state;
	assert_non_null(thread);
	guard_leave(thread);
	for (unsigned i = 0; i < 8; i++)
		usable[0][i] = 1000;
	dag_begin(thread, outer);
	account_alloc(block_address(0, 0), 1, &caller);
	dag_begin(thread, inner);
	account_alloc(block_address(0, 1), 20, &caller);
	account_alloc(block_address(0, 2), 20, &caller);
	dag_end(thread, inner, 0);
	account_alloc(block_address(0, 3), 300, &caller);
	assert_int_equal(dag_switch(thread, 0), outer);
	account_alloc(block_address(0, 4), 500, &caller);
	assert_int_equal(dag_switch(thread, outer), 0);
	dag_end(thread, outer, 0);
	assert_int_equal(thread->dag_node, 0);
	assert_int_equal(allocated_at(&model->site[2], outer), 301);
	assert_int_equal(allocated_at(&model->site[2], inner), 40);
	assert_int_equal(allocated_at(&model->site[2], 0), outside + 500);
	for (unsigned i = 0; i < 5; i++)
		assert_true(account_free(block_address(0, i), caller.sp));
	free(model);
}

/* More pairs of account and node than the cache has places. */
static void nodes_that_share_a_place_in_the_cache_are_told_apart(void **state)
{
	enum { MANY = 3 * DAG_CACHE_SLOTS };
	struct model *model = new_model(11);
	struct frame caller = site_frame(3);
	struct thread *thread = guard_enter(caller.sp);
	uint32_t first = 0;

	(void)state;
	guard_leave(thread);
	usable[0][0] = 1000;
	for (unsigned round = 0; round < 2; round++)
		for (uint32_t i = 0; i < MANY; i++) {
			uint32_t node = round ? first + i : dag_nodes_declare("many", NULL, 0);

			first = first ? first : node;
			dag_begin(thread, node);
			account_alloc(block_address(0, 0), 1 + i % 900, &caller);
			assert_true(account_free(block_address(0, 0), caller.sp));
			dag_end(thread, node, 0);
		}
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(allocated_at(&model->site[3], first + i), 2 * (1 + i % 900));
	free(model);
}

static void misuse_of_nodes_is_counted_and_leaves_nothing_behind(void **state)
{
	uint64_t *misused = &profile_header()->quality.nodes_misused, before = *misused;
	uint32_t outer = dag_nodes_declare("outer", NULL, 0), inner = dag_nodes_declare("inner", NULL, 0);
	struct thread *thread = guard_enter((uintptr_t)__builtin_frame_address(0));

	(void)state;
	guard_leave(thread);
	dag_end(thread, outer, 0);
	dag_begin(thread, inner + 1);
	assert_int_equal(dag_switch(thread, inner + 1), 0);
	assert_int_equal(*misused, before + 3);
	for (int i = 0; i < DAG_DEPTH_MAX + 5; i++)
		dag_begin(thread, outer);
	assert_int_equal(*misused, before + 8);
	for (int i = 0; i < DAG_DEPTH_MAX + 5; i++)
		dag_end(thread, outer, 0);
	assert_int_equal(*misused, before + 8);
	assert_int_equal(thread->dag_node, 0);
	dag_begin(thread, outer);
	dag_begin(thread, inner);
	dag_end(thread, outer, 0);
	assert_int_equal(*misused, before + 9);
	assert_int_equal(thread->dag_node, 0);
	assert_int_equal(thread->dag.depth, 0);
}

static int setup(void **state)
{
	int failed = live_profile_setup(state);

	real.usable_size = fake_usable_size;
	return failed;
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
		cmocka_unit_test(threads_one_after_the_other_leave_exact_sums),
		cmocka_unit_test(interleaved_threads_know_the_peak_within_its_bound),
		cmocka_unit_test(a_peak_that_nobody_looked_at_is_within_the_bound),
		cmocka_unit_test(who_comes_and_frees_takes_no_peak_away),
		cmocka_unit_test(the_peak_of_a_thread_that_ended_is_not_lost),
		cmocka_unit_test(threads_at_once_lose_nothing),
		cmocka_unit_test(an_address_handed_out_again_counts_the_free_that_was_missed),
		cmocka_unit_test(a_node_is_charged_with_what_is_allocated_while_it_runs),
		cmocka_unit_test(nodes_that_share_a_place_in_the_cache_are_told_apart),
		cmocka_unit_test(misuse_of_nodes_is_counted_and_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, setup, live_profile_teardown);
}
