#include "cli/tracer_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"

static const struct tracer_setup SETUP = {
	.library = "/opt/lib/libdagmem.so",
	.output = "/home/a,b/%e.%p%%.dagmem",
	.run_id = 0xabc123,
	.max_profile_bytes = 4096,
	.no_argv = true,
};

#define OUR_OPTIONS "out=/home/a%2Cb/%25e.%25p%25%25.dagmem,follow=0,run=abc123,max=4096,argv=0," \
	"preload=/opt/lib/libdagmem.so"

static int count(char *const *environment)
{
	int entries = 0;

	while (environment[entries])
		entries++;
	return entries;
}

static bool holds(char *const *environment, const char *entry)
{
	for (; *environment; environment++)
		if (strcmp(*environment, entry) == 0)
			return true;
	return false;
}

static void a_plain_environment_gets_two_variables(void **state)
{
	char *const before[] = { "HOME=/root", "LD_PRELOADED=no", NULL };
	struct arena arena = ARENA_INIT;
	char **after = tracer_setup_environment(&arena, &SETUP, before);

	(void)state;
	assert_int_equal(count(after), 4);
	assert_true(holds(after, "HOME=/root"));
	assert_true(holds(after, "LD_PRELOADED=no"));
	assert_true(holds(after, "LD_PRELOAD=/opt/lib/libdagmem.so"));
	assert_true(holds(after, "DAGMEM_OPTIONS=" OUR_OPTIONS));
	arena_release(&arena);
}

static void what_the_user_preloads_stays_behind_the_tracer(void **state)
{
	char *const before[] = { "LD_PRELOAD=/a.so /b.so", "DAGMEM_OPTIONS=check=7", NULL };
	struct arena arena = ARENA_INIT;
	char **after = tracer_setup_environment(&arena, &SETUP, before);

	(void)state;
	assert_int_equal(count(after), 2);
	assert_true(holds(after, "LD_PRELOAD=/opt/lib/libdagmem.so:/a.so /b.so"));
	assert_true(holds(after, "DAGMEM_OPTIONS=check=7," OUR_OPTIONS));
	arena_release(&arena);
}

static void empty_variables_are_as_none(void **state)
{
	char *const before[] = { "LD_PRELOAD=", "DAGMEM_OPTIONS=", NULL };
	struct arena arena = ARENA_INIT;
	char **after = tracer_setup_environment(&arena, &SETUP, before);

	(void)state;
	assert_true(holds(after, "LD_PRELOAD=/opt/lib/libdagmem.so"));
	assert_true(holds(after, "DAGMEM_OPTIONS=" OUR_OPTIONS));
	arena_release(&arena);
}

static void outputs_become_absolute(void **state)
{
	struct arena arena = ARENA_INIT;
	struct error err;
	const char *pattern;
	char folder[] = "/tmp/dagmem 100% XXXXXX", expected[128];
	char *before = getcwd(NULL, 0);

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(tracer_setup_output(&arena, NULL, &pattern, &err), 0);
	snprintf(expected, sizeof expected, "/tmp/dagmem 100%%%% %s/dagmem.%%e.%%p.dagmem",
		 folder + strlen("/tmp/dagmem 100% "));
	assert_string_equal(pattern, expected);
	assert_int_equal(tracer_setup_output(&arena, "/tmp/%p.x", &pattern, &err), 0);
	assert_string_equal(pattern, "/tmp/%p.x");
	assert_int_equal(tracer_setup_output(&arena, "/tmp", &pattern, &err), 0);
	assert_string_equal(pattern, "/tmp/dagmem.%e.%p.dagmem");
	assert_int_equal(tracer_setup_output(&arena, "no/such/x", &pattern, &err), ERROR_SYSTEM);
	assert_non_null(strstr(err.message, "no/such"));
	assert_int_equal(chdir(before), 0);
	rmdir(folder);
	free(before);
	arena_release(&arena);
}

static void the_named_library_must_be_there(void **state)
{
	struct arena arena = ARENA_INIT;
	struct error err;
	const char *path;

	(void)state;
	setenv("DAGMEM_LIBRARY", "/no/such/lib.so", 1);
	assert_int_equal(tracer_setup_library(&arena, &path, &err), ERROR_NOT_FOUND);
	setenv("DAGMEM_LIBRARY", "/proc/self/exe", 1);
	assert_int_equal(tracer_setup_library(&arena, &path, &err), 0);
	assert_non_null(strstr(path, "test_tracer_setup"));
	unsetenv("DAGMEM_LIBRARY");
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_environment_gets_two_variables),
		cmocka_unit_test(what_the_user_preloads_stays_behind_the_tracer),
		cmocka_unit_test(empty_variables_are_as_none),
		cmocka_unit_test(outputs_become_absolute),
		cmocka_unit_test(the_named_library_must_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
