#include "tracer/row_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "tests/unit/live_profile.h"
#include "tests/unit/random.h"
#include "tracer/modules.h"

enum { LOOKUPS = 200000, CODE_BYTES = 1 << 16, PAGE = 4096 };

static struct row_cache cache;

/* An address in the C library's code, whatever stands there: rows are per address. */
static uintptr_t random_address(struct random *random)
{
	return (uintptr_t)&malloc + random_below(random, CODE_BYTES);
}

static void it_answers_as_the_table_does(void **state)
{
	struct random random = { 1 };
	uint32_t kept = 0;

	(void)state;
	for (int i = 0; i < LOOKUPS; i++) {
		uintptr_t pc = random_address(&random);
		row first = row_cache_row(&cache, pc), again = row_cache_row(&cache, pc);

		assert_int_equal(first, unwind_row(pc));
		assert_int_equal(again, first);
		kept += cache.at[row_cache_place(pc)].pc == pc;
	}
	assert_in_range(kept, LOOKUPS / 2, LOOKUPS);
}

static void what_shares_a_place_gives_way(void **state)
{
	uintptr_t pc = (uintptr_t)&malloc + 1, other = pc + 1;

	(void)state;
	while (row_cache_place(other) != row_cache_place(pc) || unwind_row(other) == unwind_row(pc))
		other++;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(row_cache_row(&cache, pc), unwind_row(pc));
		assert_int_equal(row_cache_row(&cache, other), unwind_row(other));
	}
}

static void cleared_it_holds_nothing(void **state)
{
	(void)state;
	row_cache_row(&cache, (uintptr_t)&malloc + 1);
	row_cache_clear(&cache);
	for (unsigned i = 0; i < ROW_CACHE_ROWS; i++)
		assert_int_equal(cache.at[i].pc, 0);
}

static void generated_code_is_never_in_it(void **state)
{
	char *code = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t pc = (uintptr_t)code + 100;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(row_kind(row_cache_row(&cache, pc)), ROW_MISSING);
		assert_int_not_equal(cache.at[row_cache_place(pc)].pc, pc);
	}
	munmap(code, PAGE);
}

static void what_is_made_while_code_is_unloaded_is_not_in_it(void **state)
{
	uintptr_t pc = (uintptr_t)&malloc + 1;

	(void)state;
	modules_unload_begin();
	unwind_rows_flush();
	row_cache_clear(&cache);
	for (int i = 0; i < 3; i++) {
		row_cache_row(&cache, pc);
		assert_int_not_equal(cache.at[row_cache_place(pc)].pc, pc);
	}
	unwind_rows_flush();
	modules_unload_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_answers_as_the_table_does),
		cmocka_unit_test(what_shares_a_place_gives_way),
		cmocka_unit_test(cleared_it_holds_nothing),
		cmocka_unit_test(generated_code_is_never_in_it),
		cmocka_unit_test(what_is_made_while_code_is_unloaded_is_not_in_it),
	};

	return cmocka_run_group_tests(tests, live_profile_setup, live_profile_teardown);
}
