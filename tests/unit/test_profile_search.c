#include "cli/profile_search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "profile_builder.h"

enum { RUN = 77 };

/* A folder of its own with profiles in it, and another as $TMPDIR. */
struct fixture {
	char folder[64], temporary[64], pattern[128];
	struct arena arena;
	struct found_profile *found;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	strcpy(fixture->folder, "/tmp/dagmem-search-[a]*-XXXXXX");
	strcpy(fixture->temporary, "/tmp/dagmem-elsewhere-XXXXXX");
	if (!mkdtemp(fixture->folder) || !mkdtemp(fixture->temporary))
		return -1;
	setenv("TMPDIR", fixture->temporary, 1);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char command[256];

	snprintf(command, sizeof command, "rm -rf '%s' '%s'", fixture->folder, fixture->temporary);
	arena_release(&fixture->arena);
	unsetenv("TMPDIR");
	free(fixture);
	return system(command);
}

static void add_as(const char *folder, const char *name, uint64_t run_id, uint32_t pid,
		   uint64_t start_ns, enum program_state state)
{
	struct profile_builder *builder = builder_new();
	char path[192];

	builder_header(builder)->run_id = run_id;
	builder_header(builder)->pid = pid;
	builder_header(builder)->start_monotonic_ns = start_ns;
	builder_header(builder)->state = state;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	builder_write(builder, path, 0);
	builder_free(builder);
}

static void add(const char *folder, const char *name, uint64_t run_id, uint32_t pid, uint64_t start_ns)
{
	add_as(folder, name, run_id, pid, start_ns, STATE_EXITED);
}

static size_t search(struct fixture *fixture, const char *pattern, pid_t pid)
{
	snprintf(fixture->pattern, sizeof fixture->pattern, "%s/%s", fixture->folder, pattern);
	struct profile_search search = { fixture->pattern, RUN, pid };

	return profile_search(&search, &fixture->arena, &fixture->found);
}

static void assert_name(const struct fixture *fixture, size_t index, const char *name)
{
	assert_string_equal(strrchr(fixture->found[index].path, '/') + 1, name);
}

static void only_the_run_and_the_process_asked_for_are_found(void **state)
{
	struct fixture *fixture = *state;

	add(fixture->folder, "prog.10.dagmem", RUN, 10, 1);
	add(fixture->folder, "prog.11.dagmem", RUN, 11, 2);
	add(fixture->folder, "other.10.dagmem", RUN + 1, 10, 3);
	assert_int_equal(search(fixture, "%e.%p.dagmem", 10), 1);
	assert_name(fixture, 0, "prog.10.dagmem");
	assert_false(fixture->found[0].elsewhere);
	assert_int_equal(search(fixture, "%e.%p.dagmem", 12), 0);
}

static void a_whole_run_is_found_in_the_order_of_starts(void **state)
{
	struct fixture *fixture = *state;

	add(fixture->folder, "a.10.dagmem", RUN, 10, 30);
	add(fixture->folder, "b.11.dagmem", RUN, 11, 20);
	add(fixture->folder, "c.10.dagmem", RUN, 10, 40);
	assert_int_equal(search(fixture, "%e.%p.dagmem", 0), 3);
	assert_name(fixture, 0, "b.11.dagmem");
	assert_name(fixture, 1, "a.10.dagmem");
	assert_name(fixture, 2, "c.10.dagmem");
}

static void of_one_start_time_what_was_executed_last_comes_last(void **state)
{
	static const char *const names[] = { "a.10.dagmem", "b.10.dagmem", "c.10.dagmem" };
	struct fixture *fixture = *state;

	for (size_t last = 0; last < 3; last++) {
		for (size_t i = 0; i < 3; i++)
			add_as(fixture->folder, names[i], RUN, 10, 1,
			       i == last ? STATE_RUNNING : STATE_EXECUTED);
		assert_int_equal(search(fixture, "%e.%p.dagmem", 10), 3);
		assert_name(fixture, 2, names[last]);
		assert_true(fixture->found[0].executed && fixture->found[1].executed);
		assert_false(fixture->found[2].executed);
	}
}

static void numbered_names_are_found(void **state)
{
	struct fixture *fixture = *state;

	add(fixture->folder, "p.dagmem", RUN + 1, 10, 1);
	add(fixture->folder, "p.2.dagmem", RUN, 10, 1);
	assert_int_equal(search(fixture, "p.dagmem", 10), 1);
	assert_name(fixture, 0, "p.2.dagmem");
}

static void a_numbered_name_that_the_pattern_fits_as_well_is_found_once(void **state)
{
	struct fixture *fixture = *state;

	add(fixture->folder, "x.sh.10.dagmem", RUN, 10, 1);
	add(fixture->folder, "x.sh.10.2.dagmem", RUN, 10, 2);
	add(fixture->folder, "x.sh.10.3.dagmem", RUN, 10, 3);
	assert_int_equal(search(fixture, "x.%e.%p.dagmem", 0), 3);
	assert_name(fixture, 2, "x.sh.10.3.dagmem");
}

static void percent_signs_in_names_are_found(void **state)
{
	struct fixture *fixture = *state;

	add(fixture->folder, "100%p.dagmem", RUN, 10, 1);
	add(fixture->folder, "10010.dagmem", RUN, 10, 1);
	assert_int_equal(search(fixture, "100%%p.dagmem", 10), 1);
	assert_name(fixture, 0, "100%p.dagmem");
}

static void profiles_that_stepped_aside_are_found(void **state)
{
	struct fixture *fixture = *state;

	add(fixture->temporary, "p.10.dagmem", RUN, 10, 1);
	assert_int_equal(search(fixture, "p.%p.dagmem", 10), 1);
	assert_true(fixture->found[0].elsewhere);
}

static void what_is_no_ready_profile_is_passed_over(void **state)
{
	struct fixture *fixture = *state;
	struct profile_builder *builder = builder_new();
	char path[192], link_path[192];

	builder_header(builder)->run_id = RUN;
	builder_header(builder)->pid = 10;
	builder_header(builder)->ready = 0;
	snprintf(path, sizeof path, "%s/a.dagmem", fixture->folder);
	builder_write(builder, path, 0);
	builder_header(builder)->ready = 1;
	snprintf(path, sizeof path, "%s/b.dagmem", fixture->folder);
	builder_write(builder, path, PAGE_BYTES + 64);
	snprintf(path, sizeof path, "%s/hidden", fixture->folder);
	builder_write(builder, path, 0);
	snprintf(link_path, sizeof link_path, "%s/c.dagmem", fixture->folder);
	assert_int_equal(symlink(path, link_path), 0);
	builder_free(builder);
	assert_int_equal(search(fixture, "%e.dagmem", 10), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_the_run_and_the_process_asked_for_are_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_whole_run_is_found_in_the_order_of_starts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(of_one_start_time_what_was_executed_last_comes_last, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(numbered_names_are_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_numbered_name_that_the_pattern_fits_as_well_is_found_once,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(percent_signs_in_names_are_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(profiles_that_stepped_aside_are_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_ready_profile_is_passed_over, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
