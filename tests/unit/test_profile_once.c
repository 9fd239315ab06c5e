/* once: a record says what a counter with the lazy high-water rule would. */
#include "profile/once.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"

enum { ROUNDS = 20000 };

/* What an event's counter has counted, which began with zeros. */
static struct counter allocation(uint64_t bytes, uint64_t slack, uint64_t epoch, uint32_t tick)
{
	return (struct counter) { .allocations = 1, .allocated_bytes = bytes,
				  .slack_and_free = tick_beside(slack, 0),
				  .epoch_and_allocation = tick_beside(epoch, tick) };
}

static struct counter end(uint64_t bytes, uint64_t slack, uint64_t epoch, uint32_t tick, bool temporary)
{
	return (struct counter) { .frees = 1, .freed_bytes = bytes, .temporaries = temporary,
				  .slack_and_free = tick_beside(-slack, tick),
				  .epoch_and_allocation = tick_beside(epoch, 0) };
}

/* The oracle: one counter that has seen both events, by the rule of charge.h. */
static void see(struct counter *counter, const struct counter *event)
{
	uint64_t epoch = event->epoch_and_allocation >> TICK_BITS;

	if (!counter_is_of_epoch(counter, event->epoch_and_allocation)) {
		counter->at_peak_bytes = counter->allocated_bytes - counter->freed_bytes;
		counter->at_peak_blocks = (uint32_t)(counter->allocations - counter->frees);
	}
	counter->allocations += event->allocations;
	counter->allocated_bytes += event->allocated_bytes;
	counter->frees += event->frees;
	counter->freed_bytes += event->freed_bytes;
	counter->temporaries += event->temporaries;
	counter->slack_and_free += event->slack_and_free;
	counter->epoch_and_allocation = tick_beside(epoch, tick_in(counter->epoch_and_allocation |
								   event->epoch_and_allocation));
}

static void assert_same(const struct once *once, const struct counter *wanted, uint32_t wanted_shard)
{
	struct counter counter;
	uint32_t shard;

	assert_true(once_as_counter(once, &counter, &shard));
	assert_memory_equal(&counter, wanted, sizeof counter);
	assert_int_equal(shard, wanted_shard);
}

static void a_record_is_the_counter_of_its_two_events(void **state)
{
	struct random random = { 1 };

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct once once = { 0, 0 };
		struct counter counter = { .allocations = 0 };
		uint32_t shard = (uint32_t)random_below(&random, SHARDS_MAX);
		uint64_t bytes = random_below(&random, round % 2 ? 100 : ONCE_SIZE_MAX + 1);
		uint64_t slack = random_below(&random, ONCE_SLACK_MAX + 1);
		uint64_t epoch = 1 + random_below(&random, (UINT64_C(1) << 40) - 3);
		struct counter first = allocation(bytes, slack, epoch,
						  (uint32_t)random_below(&random, TICK_MAX + 1));
		struct counter last = end(bytes, slack, epoch + random_below(&random, 3),
					  (uint32_t)random_below(&random, TICK_MAX + 1), round % 3 == 0);

		assert_true(once_is_free(&once));
		assert_true(once_allocate(&once, shard, &first));
		see(&counter, &first);
		assert_same(&once, &counter, shard);
		assert_true(once_is_live(&once, shard));
		assert_false(once_is_live(&once, (shard + 1) % SHARDS_MAX));
		assert_true(once_free(&once, shard, &last));
		see(&counter, &last);
		assert_same(&once, &counter, shard);
		assert_false(once_is_live(&once, shard));
		assert_false(once_is_free(&once));
	}
}

static void what_does_not_fit_leaves_the_record_as_it_was(void **state)
{
	struct once once = { 0, 0 }, before;
	struct counter first = allocation(50, 6, 9, 3), other = allocation(50, 6, 9, 4);
	struct counter wide = allocation(50, ONCE_SLACK_MAX + 1, 9, 3);
	struct counter large = allocation((uint64_t)ONCE_SIZE_MAX + 1, 6, 9, 3);
	struct counter less = allocation(50, (uint64_t)-6, 9, 3);
	const struct counter not_it[] = { end(51, 6, 9, 4, false), end(50, 7, 9, 4, false),
					  end(50 + ONCE_SIZE_MAX + 1, 6, 9, 4, false) };
	struct counter it = end(50, 6, 9, 4, false), unused;
	uint32_t shard;

	(void)state;
	assert_false(once_allocate(&once, 2, &wide));
	assert_false(once_allocate(&once, 2, &large));
	assert_false(once_allocate(&once, 2, &less));
	assert_false(once_free(&once, 2, &it));
	assert_false(once_as_counter(&once, &unused, &shard));
	assert_true(once_is_free(&once));
	assert_true(once_allocate(&once, 2, &first));
	before = once;
	assert_false(once_allocate(&once, 2, &other));
	assert_false(once_allocate(&once, 3, &other));
	assert_false(once_free(&once, 3, &it));
	for (size_t i = 0; i < sizeof not_it / sizeof not_it[0]; i++)
		assert_false(once_free(&once, 2, &not_it[i]));
	assert_memory_equal(&once, &before, sizeof once);
	assert_true(once_free(&once, 2, &it));
	before = once;
	assert_false(once_free(&once, 2, &it));
	assert_false(once_allocate(&once, 2, &first));
	assert_memory_equal(&once, &before, sizeof once);
}

enum { THREADS = 4, RECORDS = 20000 };

struct racer { struct once *onces; uint32_t shard; unsigned won; };

static void *race(void *argument)
{
	struct racer *racer = argument;

	for (unsigned i = 0; i < RECORDS; i++) {
		struct counter first = allocation(racer->shard + 1, 0, 1, 1);
		struct counter last = end(racer->shard + 1, 0, 1, 1, false);

		if (!once_allocate(&racer->onces[i], racer->shard, &first))
			continue;
		racer->won++;
		if (!once_free(&racer->onces[i], racer->shard, &last))
			racer->won += RECORDS;
	}
	return NULL;
}

static void a_record_becomes_that_of_one_thread(void **state)
{
	static struct once onces[RECORDS];
	struct racer racers[THREADS];
	pthread_t threads[THREADS];
	unsigned won = 0;

	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		racers[i] = (struct racer) { onces, i, 0 };
		pthread_create(&threads[i], NULL, race, &racers[i]);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		won += racers[i].won;
	}
	assert_int_equal(won, RECORDS);
	for (unsigned i = 0; i < RECORDS; i++) {
		struct counter counter;
		uint32_t shard;

		assert_true(once_as_counter(&onces[i], &counter, &shard));
		assert_int_equal(counter.freed_bytes, shard + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_the_counter_of_its_two_events),
		cmocka_unit_test(what_does_not_fit_leaves_the_record_as_it_was),
		cmocka_unit_test(a_record_becomes_that_of_one_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
