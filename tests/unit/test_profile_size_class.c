#include "profile/size_class.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_class_begins_where_the_one_below_ends(void **state)
{
	(void)state;
	for (unsigned class = 0; class + 1 < SIZE_CLASSES; class++) {
		assert_int_equal(size_class_of(size_class_max(class)), class);
		assert_int_equal(size_class_of(size_class_max(class) + 1), class + 1);
		assert_true(size_class_max(class) < size_class_max(class + 1));
	}
}

static void small_requests_have_classes_of_16_bytes(void **state)
{
	(void)state;
	assert_int_equal(size_class_of(0), 0);
	for (uint64_t size = 1; size <= 1024; size++)
		assert_int_equal(size_class_of(size), (size + 15) / 16 - 1);
}

static void larger_ones_have_four_classes_per_power_of_two(void **state)
{
	(void)state;
	for (unsigned log2 = 10; log2 < 57; log2++)
		for (unsigned quarter = 1; quarter <= 4; quarter++)
			assert_int_equal(size_class_of((UINT64_C(1) << log2) / 4 * (4 + quarter)),
					 SIZE_CLASS_FINE + (log2 - 10) * 4 + quarter - 1);
}

static void what_is_larger_than_any_class_is_in_the_last(void **state)
{
	(void)state;
	assert_int_equal(size_class_of(UINT64_MAX), SIZE_CLASSES - 1);
	assert_int_equal(size_class_of(UINT64_C(1) << 63), SIZE_CLASSES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_begins_where_the_one_below_ends),
		cmocka_unit_test(small_requests_have_classes_of_16_bytes),
		cmocka_unit_test(larger_ones_have_four_classes_per_power_of_two),
		cmocka_unit_test(what_is_larger_than_any_class_is_in_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
