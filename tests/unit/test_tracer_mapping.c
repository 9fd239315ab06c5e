#include "tracer/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/dagmem-names.XXXXXX";

/* Create a profile by `pattern` in the folder; its name there is `expected`. */
static void expect(const char *pattern, const char *expected)
{
	static struct options options;
	char wanted[256];

	options_parse(&options, NULL);
	snprintf(options.out, sizeof options.out, "%s/%s", folder, pattern);
	snprintf(wanted, sizeof wanted, "%s/%s", folder, expected);
	assert_true(mapping_create(&options, "program", NULL));
	assert_string_equal(profile.path, wanted);
	assert_int_equal(profile_header()->pages_used, HEADER_PAGE + 1);
}

static void patterns_are_expanded(void **state)
{
	char pid[64];

	(void)state;
	snprintf(pid, sizeof pid, "program.%d.dagmem", getpid());
	expect("%e.%p.dagmem", pid);
	expect("100%%.%x.%", "100%.%x.%");
}

static void a_name_in_use_gets_a_number(void **state)
{
	(void)state;
	expect("a.dagmem", "a.dagmem");
	expect("a.dagmem", "a.2.dagmem");
	expect("a.dagmem", "a.3.dagmem");
	expect("plain", "plain");
	expect("plain", "plain.2");
}

static void where_the_folder_is_missing_another_takes_the_profile(void **state)
{
	static struct options options;
	char wanted[256];

	(void)state;
	options_parse(&options, NULL);
	snprintf(options.out, sizeof options.out, "%s/missing/b.dagmem", folder);
	snprintf(wanted, sizeof wanted, "%s/b.dagmem", folder);
	assert_true(mapping_create(&options, "program", folder));
	assert_string_equal(profile.path, wanted);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof command, "rm -r '%s'", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_are_expanded),
		cmocka_unit_test(a_name_in_use_gets_a_number),
		cmocka_unit_test(where_the_folder_is_missing_another_takes_the_profile),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
