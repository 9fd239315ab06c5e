/* account: of several threads sums are exact, and the peak within its bound. */
#include "tests/unit/account_model.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tracer/barrier.h"
#include "tracer/guard.h"
#include "tracer/shards.h"
#include "tracer/total.h"

/*
 * Threads that follow each other, each freeing what others left: shards hold
 * negative sums, and the maximum stays exact.
 */
static void threads_one_after_the_other_leave_exact_sums(void **state)
{
	struct model *model;
	unsigned newest = BLOCKS;

	(void)state;
	made_up_begin();
	model = model_new(3);
	for (unsigned turn = 0; turn < 60; turn++) {
		unsigned who = turn % SHARDS, next = (turn + 1) % SHARDS;

		made_up_become(who);
		for (unsigned event = 0; event < 300; event++)
			event_random(model, 0, &newest);
		made_up_leave(who);
		model_compare(model, true);
		/* The next claims another shard before this one's is free. */
		made_up_become(next);
		newest = BLOCKS;
		guard_leave(guard_enter(UINTPTR_MAX));
		made_up_leave(next);
		made_up_end(who);
	}
	assert_int_equal(shards_active(), 1);
	assert_true(shards_count() >= 2);
	made_up_become(60 % SHARDS);
	model_compare_size_classes(model);
	model_end_heap(model, 0);
	model_compare(model, true);
	free(model);
}

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
	made_up_begin();
	model = model_new(4);
	for (unsigned who = 0; who < SHARDS; who++) {
		made_up_become(who);
		guard_leave(guard_enter(UINTPTR_MAX));
		made_up_leave(who);
		newest[who] = BLOCKS;
	}
	assert_int_equal(shards_active(), SHARDS);
	for (unsigned event = 0; event < EVENTS; event++) {
		unsigned who = (unsigned)random_below(&model->random, SHARDS);

		made_up_become(who);
		guard_local.thread->newest_block = 0;
		newest[who] = BLOCKS;
		event_random(model, 0, &newest[who]);
		made_up_leave(who);
		check_bound(model);
		if (event % 5000 == 0)
			model_compare(model, false);
	}
	made_up_become(0);
	model_end_heap(model, 0);
	model_compare(model, false);
	made_up_leave(0);
	for (unsigned who = 1; who < SHARDS; who++)
		made_up_end(who);
	made_up_become(0);
	free(model);
}

static void alloc_bytes(struct model *model, unsigned i, uint64_t bytes)
{
	event_alloc_block(model, 0, i, (struct model_block) { bytes, bytes, i % SITES, true });
}

/*
 * Two threads that have just looked may rise above the old maximum before they
 * look again: what they then miss is within the bound all the same.
 */
static void a_peak_that_nobody_looked_at_is_within_the_bound(void **state)
{
	struct model *model;

	(void)state;
	made_up_begin();
	model = model_new(5);
	alloc_bytes(model, 0, 80000);
	alloc_bytes(model, 1, 20000);
	event_free(model, 0, 1, true);
	model_compare(model, true);
	made_up_leave(0);
	made_up_become(1);
	alloc_bytes(model, 2, 16);
	made_up_leave(1);
	made_up_become(0);
	alloc_bytes(model, 3, 16);
	for (unsigned i = 10; i < 20; i++)
		alloc_bytes(model, i, 2500);
	made_up_leave(0);
	made_up_become(1);
	for (unsigned i = 20; i < 30; i++) {
		alloc_bytes(model, i, 2500);
		check_bound(model);
	}
	model_end_heap(model, 0);
	check_bound(model);
	made_up_end(1);
	made_up_become(0);
	/* Alone again, and above all that was possible: exact. */
	alloc_bytes(model, 0, 1 << 20);
	assert_int_equal(profile_header()->peak_bytes, model->peak_bytes);
	assert_int_equal(profile_header()->peak_bound_bytes, 0);
	model_end_heap(model, 0);
	free(model);
}

/* How often a thread had to look around: each look renews its window. */
static unsigned alloc_and_count_looks(struct model *model, unsigned first, unsigned blocks)
{
	unsigned looks = 0;

	guard_leave(guard_enter(UINTPTR_MAX));
	for (unsigned i = 0; i < blocks; i++) {
		int64_t top = guard_local.thread->window.top;

		alloc_bytes(model, first + i, 1000);
		looks += guard_local.thread->window.top != top;
		check_bound(model);
	}
	return looks;
}

/* Peak 400 KB, two threads of which each rises to 150. */
static void threads_far_below_the_peak_seldom_look_and_leave_no_bound(void **state)
{
	struct model *model;
	unsigned looks;

	(void)state;
	if (!barrier_works())   /* nobody takes more than a batch then */
		skip();
	made_up_begin();
	model = model_new(8);
	alloc_bytes(model, 0, 400000);
	event_free(model, 0, 0, true);
	model_compare(model, true);
	made_up_leave(0);
	made_up_become(1);
	looks = alloc_and_count_looks(model, 100, 150);
	made_up_leave(1);
	made_up_become(0);
	looks += alloc_and_count_looks(model, 300, 150);
	assert_in_range(looks, 8, 2 * 150000 / TOTAL_BATCH_BYTES_MIN / 2);
	assert_int_equal(profile_header()->peak_bytes, model->peak_bytes);
	assert_int_equal(profile_header()->peak_bound_bytes, 0);
	/* And together past it: within the bound. */
	alloc_and_count_looks(model, 500, 150);
	assert_in_range(profile_header()->peak_bytes, 400001, 450000);
	model_end_heap(model, 0);
	made_up_leave(0);
	made_up_end(1);
	made_up_become(0);
	free(model);
}

/* Room that a thread took and does not use is taken back when the heap rises past the peak. */
static void a_thread_that_rests_leaves_the_bound_small(void **state)
{
	const uint64_t batch = TOTAL_BATCH_BYTES_MIN;
	struct model *model;

	(void)state;
	if (!barrier_works())   /* nobody takes more than a batch then */
		skip();
	made_up_begin();
	model = model_new(9);
	alloc_bytes(model, 0, 120000);
	event_free(model, 0, 0, true);
	made_up_leave(0);
	made_up_become(1);
	alloc_and_count_looks(model, 100, 1);
	assert_true(guard_local.thread->window.top > (int64_t)(6 * batch));
	made_up_leave(1);
	made_up_become(0);
	alloc_and_count_looks(model, 300, 150);
	assert_in_range(profile_header()->peak_bytes, 120001, 151000);
	assert_in_range(profile_header()->peak_bound_bytes, 1, 4 * batch);
	made_up_leave(0);
	/* The one that rested looks at its next event. */
	made_up_become(1);
	alloc_and_count_looks(model, 500, 20);
	model_end_heap(model, 0);
	check_bound(model);
	made_up_end(1);
	made_up_become(0);
	free(model);
}

/* A heap of thread 0 that is larger than it ever was, and of which the header does not know that. */
static struct model *rising_model(unsigned seed)
{
	struct model *model;

	made_up_begin();
	model = model_new(seed);
	for (unsigned i = 0; i < BLOCKS / 2; i++)       /* it has been alone for a while */
		alloc_bytes(model, i, 30);
	assert_true(guard_local.thread->page->net_bytes > guard_local.thread->peak_net);
	assert_true((int64_t)profile_header()->peak_bytes < model->peak_bytes);
	model_compare(model, true);
	made_up_leave(0);
	return model;
}

static void who_comes_and_frees_takes_no_peak_away(void **state)
{
	struct model *model;

	(void)state;
	if (!barrier_works())   /* each new maximum is told at once then */
		skip();
	model = rising_model(6);
	made_up_become(1);
	event_free(model, 0, 3, false);
	assert_int_equal(profile_header()->peak_bytes, model->peak_bytes);
	model_compare(model, false);
	made_up_leave(1);
	made_up_become(0);
	event_free(model, 0, 4, false);
	assert_false(guard_local.thread->page->net_bytes > guard_local.thread->peak_net);
	check_bound(model);
	model_end_heap(model, 0);
	made_up_leave(0);
	made_up_end(1);
	made_up_become(0);
	model_compare(model, false);
	free(model);
}

static void the_peak_of_a_thread_that_ended_is_not_lost(void **state)
{
	struct model *model;

	(void)state;
	if (!barrier_works())   /* each new maximum is told at once then */
		skip();
	model = rising_model(7);
	made_up_end(0);
	assert_int_equal(shards_active(), 0);
	made_up_become(1);
	guard_leave(guard_enter(UINTPTR_MAX));
	model_end_heap(model, 0);
	assert_int_equal(profile_header()->peak_bytes, model->peak_bytes);
	model_compare(model, true);
	made_up_leave(1);
	made_up_end(1);
	made_up_become(0);
	free(model);
}

struct worker { struct model *model; unsigned heap; };

static void *work(void *argument)
{
	struct worker *worker = argument;
	unsigned newest = BLOCKS;

	for (unsigned event = 0; event < EVENTS / 2; event++)
		event_random(worker->model, worker->heap, &newest);
	model_end_heap(worker->model, worker->heap);
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
	struct model *sum = model_new(6);
	struct worker worker[THREADS];
	pthread_t threads[THREADS];
	int64_t highest = 0;

	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		worker[i] = (struct worker) { calloc(1, sizeof *sum), i };
		worker[i].model->random.state = 100 + i;
		worker[i].model->sites = SITES;
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
	model_compare(sum, false);
	model_compare_size_classes(sum);
	/* No thread's own maximum is above the process's, nor that above their sum. */
	assert_true((int64_t)(profile_header()->peak_bytes + profile_header()->peak_bound_bytes) >=
		    highest);
	assert_true((int64_t)profile_header()->peak_bytes <= sum->peak_bytes);
	free(sum);
}

/*
 * Real threads that rise to levels which are known, meet there, fall, and meet
 * again: of what they have together the largest sum of levels is the maximum.
 */
enum { ROUNDS = 400, RUNG_BYTES = 500, RUNGS = 300 };

struct climber { struct model *model; unsigned heap; pthread_barrier_t *all; };

static unsigned rungs_of(unsigned heap, unsigned round)
{
	struct random random = { .state = heap * 1000 + round };

	/* Every other one rests, now at the bottom and now halfway. */
	return random_below(&random, 2) ? (unsigned)random_below(&random, RUNGS) :
					  (unsigned)random_below(&random, 2) * RUNGS / 2;
}

static void climb_to(const struct climber *climber, unsigned from, unsigned to)
{
	struct model_block block = { RUNG_BYTES, RUNG_BYTES, climber->heap, true };

	for (; from < to; from++)
		event_alloc_block(climber->model, climber->heap, from, block);
	for (; from > to; from--)
		event_free(climber->model, climber->heap, from - 1, false);
}

static void *climb(void *argument)
{
	const struct climber *climber = argument;
	unsigned at = 0;

	guard_leave(guard_enter(UINTPTR_MAX));
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned up = rungs_of(climber->heap, round);
		unsigned down = rungs_of(climber->heap + THREADS, round);

		up = up > at ? up : at;
		guard_local.thread->newest_block = 0;
		climb_to(climber, at, up);
		pthread_barrier_wait(climber->all);
		at = down < up ? down : up;
		guard_local.thread->newest_block = 0;
		climb_to(climber, up, at);
		pthread_barrier_wait(climber->all);
	}
	guard_local.thread->newest_block = 0;
	climb_to(climber, at, 0);
	return NULL;
}

/* The most that climbers have together. */
static int64_t highest_climb(void)
{
	unsigned at[THREADS] = { 0 }, highest = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned together = 0;

		for (unsigned heap = 0; heap < THREADS; heap++) {
			unsigned up = rungs_of(heap, round), down = rungs_of(heap + THREADS, round);

			up = up > at[heap] ? up : at[heap];
			together += up;
			at[heap] = down < up ? down : up;
		}
		highest = together > highest ? together : highest;
	}
	return (int64_t)highest * RUNG_BYTES;
}

static void threads_at_once_reach_a_known_peak_within_its_bound(void **state)
{
	struct model *model;
	struct climber climber[THREADS];
	pthread_t threads[THREADS];
	pthread_barrier_t all;

	(void)state;
	made_up_begin();
	model = model_new(10);
	pthread_barrier_init(&all, NULL, THREADS);
	for (unsigned i = 0; i < THREADS; i++) {
		climber[i] = (struct climber) { calloc(1, sizeof *model), i, &all };
		pthread_create(&threads[i], NULL, climb, &climber[i]);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		free(climber[i].model);
	}
	pthread_barrier_destroy(&all);
	model->peak_bytes += highest_climb();
	check_bound(model);
	free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_one_after_the_other_leave_exact_sums),
		cmocka_unit_test(interleaved_threads_know_the_peak_within_its_bound),
		cmocka_unit_test(a_peak_that_nobody_looked_at_is_within_the_bound),
		cmocka_unit_test(threads_far_below_the_peak_seldom_look_and_leave_no_bound),
		cmocka_unit_test(a_thread_that_rests_leaves_the_bound_small),
		cmocka_unit_test(who_comes_and_frees_takes_no_peak_away),
		cmocka_unit_test(the_peak_of_a_thread_that_ended_is_not_lost),
		cmocka_unit_test(threads_at_once_lose_nothing),
		cmocka_unit_test(threads_at_once_reach_a_known_peak_within_its_bound),
	};

	return cmocka_run_group_tests(tests, model_setup, live_profile_teardown);
}
