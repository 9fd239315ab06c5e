#include "base/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void sizes_use_the_unit_below_1024(void **state)
{
	(void)state;
	assert_string_equal(units_size(0).text, "0 B");
	assert_string_equal(units_size(1023).text, "1023 B");
	assert_string_equal(units_size(1024).text, "1.0 KiB");
	assert_string_equal(units_size(512 * 1024).text, "512.0 KiB");
	assert_string_equal(units_size(1024 * 1024 - 1).text, "1.0 MiB");
	assert_string_equal(units_size(140402688).text, "133.9 MiB");
	assert_string_equal(units_size(UINT64_MAX).text, "16.0 EiB");
}

static void changes_carry_their_sign(void **state)
{
	(void)state;
	assert_string_equal(units_size_change(7, 7).text, "+0 B");
	assert_string_equal(units_size_change(0, 1536).text, "+1.5 KiB");
	assert_string_equal(units_size_change(20027801, 524288).text, "-18.6 MiB");
	assert_string_equal(units_size_change(UINT64_MAX, 0).text, "-16.0 EiB");
}

static void columns_stay_in_kib(void **state)
{
	(void)state;
	assert_string_equal(units_kib(34271539).text, "33468.3 KiB");
	assert_string_equal(units_kib(0).text, "0.0 KiB");
}

static void durations_use_a_fitting_unit(void **state)
{
	(void)state;
	assert_string_equal(units_duration(0).text, "0 s");
	assert_string_equal(units_duration(850000).text, "850 us");
	assert_string_equal(units_duration(12300000).text, "12.3 ms");
	assert_string_equal(units_duration(4560000000).text, "4.56 s");
	assert_string_equal(units_duration(200000000000).text, "3 min 20 s");
	assert_string_equal(units_duration(18120000000000).text, "5 h 02 min");
}

static void assert_size(const char *text, uint64_t expected)
{
	struct error err = ERROR_INIT;
	uint64_t bytes = 0;

	assert_int_equal(units_parse_size(text, &bytes, &err), 0);
	assert_int_equal(bytes, expected);
}

static void sizes_are_read_in_every_spelling(void **state)
{
	(void)state;
	assert_size("0", 0);
	assert_size("4096", 4096);
	assert_size("17B", 17);
	assert_size("64k", 65536);
	assert_size("64 KiB", 65536);
	assert_size("1.5M", 1572864);
	assert_size("2gb", UINT64_C(2) << 30);
	assert_size("3TiB", UINT64_C(3) << 40);
}

static void what_is_no_size_is_refused(void **state)
{
	static const char *const TEXTS[] = {
		"", "-1", "M", "1X", "0x10", "inf", "nan", "1 2", "99999999999T", "1e30", " 1",
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
		uint64_t bytes = 42;

		assert_int_equal(units_parse_size(TEXTS[i], &bytes, &err), ERROR_USAGE);
		assert_int_equal(bytes, 42);
	}
}

static void assert_duration(const char *text, uint64_t expected_ns)
{
	struct error err;
	uint64_t ns = 0;

	assert_int_equal(units_parse_duration(text, &ns, &err), 0);
	assert_int_equal(ns, expected_ns);
}

static void durations_are_seconds_unless_said(void **state)
{
	struct error err;
	uint64_t ns;

	(void)state;
	assert_duration("2", 2000000000);
	assert_duration("0.25", 250000000);
	assert_duration("150ms", 150000000);
	assert_duration("5min", UINT64_C(300000000000));
	assert_int_equal(units_parse_duration("5 parsecs", &ns, &err), ERROR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_use_the_unit_below_1024),
		cmocka_unit_test(changes_carry_their_sign),
		cmocka_unit_test(columns_stay_in_kib),
		cmocka_unit_test(durations_use_a_fitting_unit),
		cmocka_unit_test(sizes_are_read_in_every_spelling),
		cmocka_unit_test(what_is_no_size_is_refused),
		cmocka_unit_test(durations_are_seconds_unless_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
