/* profile_graphs: graphs go where their profile goes, and nothing else does. */
#include "cli/profile_graphs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"

struct stage {
	struct arena arena;
	char folder[64];
};

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof *stage);

	assert_non_null(stage);
	strcpy(stage->folder, "/tmp/dagmem-test-graphs-XXXXXX");
	assert_non_null(mkdtemp(stage->folder));
	*state = stage;
	return 0;
}

static const char *at(struct stage *stage, const char *name)
{
	return arena_printf(&stage->arena, "%s/%s", stage->folder, name);
}

static int tear_down(void **state)
{
	static const char *const NAMES[] = { "a", "b", "c" };
	struct stage *stage = *state;

	for (size_t i = 0; i < 3; i++) {
		profile_graphs_remove(at(stage, NAMES[i]), &stage->arena);
		unlink(at(stage, arena_printf(&stage->arena, "%s.heap.x", NAMES[i])));
	}
	assert_int_equal(rmdir(stage->folder), 0);
	arena_release(&stage->arena);
	free(stage);
	return 0;
}

static void put(struct stage *stage, const char *name, const char *text)
{
	FILE *file = fopen(at(stage, name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* "" when there is no such file. */
static const char *text_of(struct stage *stage, const char *name)
{
	char *text = arena_alloc(&stage->arena, 64);
	FILE *file = fopen(at(stage, name), "r");

	memset(text, 0, 64);
	if (file) {
		(void)!fread(text, 1, 63, file);
		fclose(file);
	}
	return text;
}

static void they_move_with_their_profile(void **state)
{
	struct stage *stage = *state;

	put(stage, "a.heap.0", "first");
	put(stage, "a.heap.12", "thirteenth");
	put(stage, "a.heap.x", "another's");
	put(stage, "b.heap.12", "in the way");
	profile_graphs_move(at(stage, "a"), at(stage, "b"), &stage->arena);
	assert_string_equal(text_of(stage, "b.heap.0"), "first");
	assert_string_equal(text_of(stage, "a.heap.0"), "");
	assert_string_equal(text_of(stage, "a.heap.x"), "another's");
	/* Nothing is overwritten. */
	assert_string_equal(text_of(stage, "b.heap.12"), "in the way");
	assert_string_equal(text_of(stage, "a.heap.12"), "thirteenth");
}

static void they_change_names_as_profiles_do(void **state)
{
	struct stage *stage = *state;

	put(stage, "a.heap.0", "of a");
	put(stage, "b.heap.0", "of b");
	put(stage, "b.heap.1", "of b alone");
	profile_graphs_exchange(at(stage, "a"), at(stage, "b"), &stage->arena);
	assert_string_equal(text_of(stage, "a.heap.0"), "of b");
	assert_string_equal(text_of(stage, "a.heap.1"), "of b alone");
	assert_string_equal(text_of(stage, "b.heap.0"), "of a");
	assert_string_equal(text_of(stage, "b.heap.1"), "");
}

static void they_go_with_it(void **state)
{
	struct stage *stage = *state;

	put(stage, "a.heap.0", "of a");
	put(stage, "b.heap.0", "of b");
	profile_graphs_remove(at(stage, "a"), &stage->arena);
	assert_string_equal(text_of(stage, "a.heap.0"), "");
	assert_string_equal(text_of(stage, "b.heap.0"), "of b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(they_move_with_their_profile, set_up, tear_down),
		cmocka_unit_test_setup_teardown(they_change_names_as_profiles_do, set_up, tear_down),
		cmocka_unit_test_setup_teardown(they_go_with_it, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
