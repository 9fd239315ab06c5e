#include "cli/preload_link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"

static void a_plain_path_stays(void **state)
{
	struct arena arena = ARENA_INIT;
	struct preload_link link;
	const char *path = "/usr/lib/libdagmem.so", *given = path;
	struct error err;

	(void)state;
	assert_int_equal(preload_link_make(&link, &arena, &path, &err), 0);
	assert_ptr_equal(path, given);
	assert_null(link.folder);
	preload_link_remove(&link);
	arena_release(&arena);
}

/* A file in a folder of that name; its path in `arena`. */
static char *make_file(struct arena *arena, const char *folder_pattern, const char *name)
{
	char *folder = arena_strdup(arena, folder_pattern);

	assert_non_null(mkdtemp(folder));
	char *path = arena_printf(arena, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fclose(file);
	return path;
}

static void remove_file(char *path)
{
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

static void a_folder_with_spaces_gets_another_name_for_a_while(void **state)
{
	struct arena arena = ARENA_INIT;
	char *file = make_file(&arena, "/tmp/dagmem test: XXXXXX", "lib.so");
	const char *path = file;
	struct preload_link link;
	struct error err;

	(void)state;
	setenv("TMPDIR", "/tmp/no such: folder", 1);
	assert_int_equal(preload_link_make(&link, &arena, &path, &err), 0);
	assert_null(strpbrk(path, ": "));
	char *resolved = realpath(path, NULL);

	assert_string_equal(resolved, file);
	free(resolved);
	preload_link_remove(&link);
	assert_int_not_equal(access(path, F_OK), 0);
	remove_file(file);
	unsetenv("TMPDIR");
	arena_release(&arena);
}

static void where_there_is_no_room_for_a_link_it_is_said(void **state)
{
	struct arena arena = ARENA_INIT;
	const char *path = "/tmp/a b/lib.so", *given = path;
	struct preload_link link;
	struct error err;

	(void)state;
	setenv("TMPDIR", "/no/such/folder", 1);
	assert_int_equal(preload_link_make(&link, &arena, &path, &err), ERROR_SYSTEM);
	assert_ptr_equal(path, given);
	assert_null(link.folder);
	unsetenv("TMPDIR");
	arena_release(&arena);
}

static void a_file_name_with_spaces_is_refused(void **state)
{
	struct arena arena = ARENA_INIT;
	const char *path = "/tmp/lib dagmem.so";
	struct preload_link link;
	struct error err;

	(void)state;
	assert_int_equal(preload_link_make(&link, &arena, &path, &err), ERROR_USAGE);
	assert_null(link.folder);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_path_stays),
		cmocka_unit_test(a_folder_with_spaces_gets_another_name_for_a_while),
		cmocka_unit_test(where_there_is_no_room_for_a_link_it_is_said),
		cmocka_unit_test(a_file_name_with_spaces_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
