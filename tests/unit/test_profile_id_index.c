#include "profile/id_index.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { KEYS = 50000, THREADS = 4, FIRST_SLOTS_LOG2 = 4, RESERVED_MAX = 256 };

static void *reserved[RESERVED_MAX];
static uint32_t reserved_count;
static bool out_of_memory;

static void *reserve(size_t bytes)
{
	uint32_t at = __atomic_fetch_add(&reserved_count, 1, __ATOMIC_RELAXED);

	assert_true(at < RESERVED_MAX);
	return reserved[at] = out_of_memory ? NULL : calloc(1, bytes);
}

/* Zeros, as given-back pages read; other threads may look on. */
static void discard(void *start, size_t bytes)
{
	uint64_t *word = start;

	for (size_t i = 0; i < bytes / sizeof *word; i++)
		__atomic_store_n(&word[i], 0, __ATOMIC_RELAXED);
}

static uint64_t hash_of(const void *owner, uint32_t id);

static const struct id_memory memory = { reserve, discard };
static struct id_index table = { NULL, &memory, hash_of, &table };
static uint32_t reckoned;               /* hashes */

static int setup(void **state)
{
	(void)state;
	out_of_memory = false;
	reckoned = 0;
	return !id_index_init(&table, FIRST_SLOTS_LOG2);
}

static int teardown(void **state)
{
	(void)state;
	while (reserved_count)
		free(reserved[--reserved_count]);
	return 0;
}

/* --- Things: id i has the key that stands in name[i] --------------------------- */

static uint64_t name[KEYS * THREADS + 1];

struct named { struct id_key key; uint64_t name; };

static bool is_named(const struct id_key *key, uint32_t id)
{
	return __atomic_load_n(&name[id], __ATOMIC_RELAXED) == ((const struct named *)key)->name;
}

/* As if drawn: hashes that are spread evenly would not meet. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* Upper halves of hashes are made to meet: what differs then is the key alone. */
static struct named named(uint64_t which, uint64_t upper_halves)
{
	uint64_t hash = mix(which + 1);

	return (struct named){ { (hash >> 32) % upper_halves << 32 | (uint32_t)hash, is_named }, which };
}

static uint64_t halves;

static uint64_t hash_of(const void *owner, uint32_t id)
{
	assert_ptr_equal(owner, &table);
	__atomic_fetch_add(&reckoned, 1, __ATOMIC_RELAXED);
	return named(__atomic_load_n(&name[id], __ATOMIC_RELAXED), halves).key.hash;
}

static void ids_are_found_by_their_keys(uint64_t upper_halves, uint32_t count)
{
	halves = upper_halves;
	for (uint32_t id = 1; id <= count; id++) {
		struct named key = named(id * 7, upper_halves);

		assert_int_equal(id_index_find(&table, &key.key), 0);
		name[id] = key.name;
		assert_int_equal(id_index_enter(&table, &key.key, id), id);
		assert_int_equal(id_index_find(&table, &key.key), id);
	}
	for (uint32_t id = 1; id <= count; id++) {
		struct named key = named(id * 7, upper_halves), other = named(id * 7 + 1, upper_halves);

		assert_int_equal(id_index_find(&table, &key.key), id);
		assert_int_equal(id_index_find(&table, &other.key), 0);
	}
}

static void each_id_is_found_by_its_key_and_no_other_is(void **state)
{
	(void)state;
	ids_are_found_by_their_keys(UINT64_C(1) << 32, KEYS);
}

/* From 16 slots to 131,072: what was there when it had grown five times, and ten; and what stands far. */
static void a_hash_is_reckoned_anew_for_few(void **state)
{
	(void)state;
	ids_are_found_by_their_keys(UINT64_C(1) << 32, KEYS);
	assert_in_range(reckoned, 1, KEYS / 12);
}

static void keys_of_the_same_hash_are_told_apart(void **state)
{
	(void)state;
	ids_are_found_by_their_keys(1, 40);
}

static void a_key_keeps_the_first_id_that_was_entered_for_it(void **state)
{
	struct named key = named(1, UINT64_C(1) << 32);

	(void)state;
	name[1] = name[2] = 1;
	assert_int_equal(id_index_enter(&table, &key.key, 1), 1);
	assert_int_equal(id_index_enter(&table, &key.key, 2), 1);
	assert_int_equal(id_index_find(&table, &key.key), 1);
}

static void a_table_is_given_back_when_a_larger_one_has_all_of_it(void **state)
{
	(void)state;
	ids_are_found_by_their_keys(UINT64_C(1) << 32, 1000);
	assert_true(reserved_count > 4);
	assert_null(table.newest->older);
	for (uint32_t i = 0; i + 1 < reserved_count; i++) {
		const struct id_table *old = reserved[i];

		for (const uint32_t *slot = old->slot; slot < (const uint32_t *)old->rest; slot++)
			assert_int_equal(*slot, 0);
		assert_int_equal(old->rest[0], 0);
	}
}

/* Beyond its room some ids are not found again, but nothing else happens. */
static void without_memory_the_index_goes_on_with_what_it_has(void **state)
{
	(void)state;
	out_of_memory = true;
	for (uint32_t id = 1; id <= 100; id++) {
		struct named key = named(id, UINT64_C(1) << 32);
		uint32_t found = id_index_find(&table, &key.key);

		name[id] = id;
		assert_true(found == 0 || found == id);
		assert_int_equal(id_index_enter(&table, &key.key, id), id);
	}
}

/* --- Threads ---------------------------------------------------------------------- */

struct worker { uint32_t number; pthread_barrier_t *start; uint32_t id_of[KEYS]; };

/* All enter the same keys, each under ids of its own and in an order of its own. */
static void *enter_all(void *argument)
{
	struct worker *worker = argument;
	static const uint32_t steps[THREADS] = { 1, 3, 7, 9 };          /* no factor of KEYS */
	uint32_t step = steps[worker->number];

	pthread_barrier_wait(worker->start);
	for (uint32_t i = 0; i < KEYS; i++) {
		uint32_t which = (uint32_t)((uint64_t)i * step % KEYS);
		struct named key = named(which, UINT64_C(1) << 32);
		uint32_t id = id_index_find(&table, &key.key);

		if (!id) {
			id = 1 + worker->number * KEYS + i;
			__atomic_store_n(&name[id], which, __ATOMIC_RELAXED);
			id = id_index_enter(&table, &key.key, id);
		}
		worker->id_of[which] = id;
	}
	return NULL;
}

static void threads_get_one_id_for_a_key_while_the_index_grows(void **state)
{
	static struct worker worker[THREADS];
	pthread_t thread[THREADS];
	pthread_barrier_t start;

	(void)state;
	memset(name, 0xff, sizeof name);
	halves = UINT64_C(1) << 32;
	pthread_barrier_init(&start, NULL, THREADS);
	for (uint32_t i = 0; i < THREADS; i++) {
		worker[i].number = i;
		worker[i].start = &start;
		pthread_create(&thread[i], NULL, enter_all, &worker[i]);
	}
	for (uint32_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&start);
	for (uint32_t which = 0; which < KEYS; which++)
		for (uint32_t i = 1; i < THREADS; i++)
			assert_int_equal(worker[i].id_of[which], worker[0].id_of[which]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_id_is_found_by_its_key_and_no_other_is, setup, teardown),
		cmocka_unit_test_setup_teardown(a_hash_is_reckoned_anew_for_few, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_of_the_same_hash_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(a_key_keeps_the_first_id_that_was_entered_for_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_table_is_given_back_when_a_larger_one_has_all_of_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(without_memory_the_index_goes_on_with_what_it_has, setup,
						teardown),
		cmocka_unit_test_setup_teardown(threads_get_one_id_for_a_key_while_the_index_grows, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
