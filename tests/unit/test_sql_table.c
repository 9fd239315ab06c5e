#include "cli/sql_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void assert_prints(const struct sql_table *table, enum sql_form form, const char *expected)
{
	struct error err = ERROR_INIT;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	assert_int_equal(sql_table_print(table, form, out, &err), 0);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static struct sql_table sample(void)
{
	struct sql_table table = SQL_TABLE_INIT;
	const char *const names[] = { "name", "n" };
	const char *const first[] = { "a,\"b\"", "1" };
	const char *const second[] = { "a longer one\x7f", NULL };
	const char *const third[] = { NULL, "-12.5" };

	assert_int_equal(sql_table_add(&table, 2, names), 0);
	assert_int_equal(sql_table_add(&table, 2, first), 0);
	assert_int_equal(sql_table_add(&table, 2, second), 0);
	assert_int_equal(sql_table_add(&table, 2, third), 0);
	return table;
}

static void text_is_aligned_and_harmless(void **state)
{
	struct sql_table table = sample();

	(void)state;
	assert_prints(&table, SQL_TEXT,
		      "name               n\n"
		      "-------------  -----\n"
		      "a,\"b\"              1\n"
		      "a longer one?       \n"
		      "               -12.5\n");
	sql_table_clear(&table);
}

static void csv_quotes_what_needs_it(void **state)
{
	struct sql_table table = sample();

	(void)state;
	assert_prints(&table, SQL_CSV,
		      "name,n\r\n\"a,\"\"b\"\"\",1\r\na longer one\x7f,\r\n,-12.5\r\n");
	sql_table_clear(&table);
}

static void json_has_numbers_and_nulls(void **state)
{
	struct sql_table table = sample();

	(void)state;
	assert_prints(&table, SQL_JSON,
		      "[\n {\n  \"name\": \"a,\\\"b\\\"\",\n  \"n\": 1\n },\n"
		      " {\n  \"name\": \"a longer one\x7f\",\n  \"n\": null\n },\n"
		      " {\n  \"name\": null,\n  \"n\": -12.5\n }\n]\n");
	sql_table_clear(&table);
}

static void no_statement_prints_nothing(void **state)
{
	struct sql_table table = SQL_TABLE_INIT;

	(void)state;
	assert_prints(&table, SQL_TEXT, "");
	assert_prints(&table, SQL_JSON, "");
	sql_table_clear(&table);
}

static void a_statement_without_rows_prints_its_names(void **state)
{
	struct sql_table table = SQL_TABLE_INIT;
	const char *const names[] = { "a", "bc" };

	(void)state;
	sql_table_add(&table, 2, names);
	assert_prints(&table, SQL_TEXT, "a  bc\n-  --\n");
	assert_prints(&table, SQL_JSON, "[]\n");
	sql_table_clear(&table);
}

static void many_rows_are_kept_in_order(void **state)
{
	struct sql_table table = SQL_TABLE_INIT;
	char number[16];
	const char *values[] = { number };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(number, sizeof number, "%d", i);
		assert_int_equal(sql_table_add(&table, 1, values), 0);
	}
	assert_int_equal(table.rows, 1000);
	assert_string_equal(table.cells[0], "0");
	assert_string_equal(table.cells[999], "999");
	sql_table_clear(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_aligned_and_harmless),
		cmocka_unit_test(csv_quotes_what_needs_it),
		cmocka_unit_test(json_has_numbers_and_nulls),
		cmocka_unit_test(no_statement_prints_nothing),
		cmocka_unit_test(a_statement_without_rows_prints_its_names),
		cmocka_unit_test(many_rows_are_kept_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
