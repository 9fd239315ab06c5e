#include "tracer/address_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"

enum { ADDRESSES = 4000, ROUNDS = 200000 };

/* Many share their home, and some stand at the table's end. */
static uintptr_t address_of(unsigned i)
{
	return i % 3 ? 16 + (uintptr_t)i * 16 : ((uintptr_t)i << 32) + 16;
}

static void a_table_is_as_a_plain_list(void **state)
{
	struct address_table table = { NULL, 0, 0 };
	struct random random = { 1 };
	uint32_t *index = calloc(ADDRESSES, sizeof *index);     /* 0: not there */
	size_t count = 0;

	(void)state;
	for (unsigned round = 1; round <= ROUNDS; round++) {
		unsigned i = (unsigned)random_below(&random, ADDRESSES);
		struct address_entry *found = address_table_find(&table, address_of(i));

		assert_int_equal(found != NULL, index[i] != 0);
		if (found) {
			assert_int_equal(found->index, index[i]);
			assert_int_equal(found->extra, index[i] + 7);
			address_table_remove(&table, found);
			index[i] = 0;
			count--;
		} else if (random_below(&random, 3)) {
			assert_true(address_table_add(&table, (struct address_entry){
				address_of(i), round, round + 7 }));
			index[i] = round;
			count++;
		}
		assert_int_equal(table.count, count);
	}
	for (unsigned i = 0; i < ADDRESSES; i++)
		assert_int_equal(address_table_find(&table, address_of(i)) != NULL, index[i] != 0);
	free(index);
}

static void an_empty_table_has_nothing(void **state)
{
	struct address_table table = { NULL, 0, 0 };

	(void)state;
	assert_null(address_table_find(&table, 16));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_as_a_plain_list),
		cmocka_unit_test(an_empty_table_has_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
