#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	(void)state;
	struct arena arena = ARENA_INIT;
	unsigned char *previous = NULL;
	size_t previous_bytes = 0;

	for (size_t size = 1; size < 40000; size = size * 3 / 2 + 1) {
		unsigned char *piece = arena_alloc(&arena, size);

		assert_non_null(piece);
		assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(piece[i], 0);
		memset(piece, 0xff, size);
		if (previous)
			assert_true(piece >= previous + previous_bytes || piece + size <= previous);
		previous = piece;
		previous_bytes = size;
	}
	arena_release(&arena);
}

static void a_large_piece_leaves_the_chunk_in_use_usable(void **state)
{
	(void)state;
	struct arena arena = ARENA_INIT;
	char *before = arena_strdup(&arena, "before");
	char *large = arena_alloc(&arena, 1 << 20);
	char *after = arena_strdup(&arena, "after");

	memset(large, 'x', 1 << 20);
	assert_string_equal(before, "before");
	assert_string_equal(after, "after");
	assert_ptr_equal(after, before + 16);
	arena_release(&arena);
}

static void a_first_large_piece_is_not_handed_out_twice(void **state)
{
	(void)state;
	struct arena arena = ARENA_INIT;
	char *large = arena_alloc(&arena, 100000);
	char *small = arena_alloc(&arena, 16);

	assert_true(small >= large + 100000 || small + 16 <= large);
	arena_release(&arena);
}

static void zero_bytes_give_unique_addresses(void **state)
{
	(void)state;
	struct arena arena = ARENA_INIT;

	assert_ptr_not_equal(arena_alloc(&arena, 0), arena_alloc(&arena, 0));
	arena_release(&arena);
}

static void impossible_sizes_give_null(void **state)
{
	(void)state;
	struct arena arena = ARENA_INIT;

	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc_array(&arena, SIZE_MAX / 2, 3));
	arena_release(&arena);
}

static void texts_are_copied_and_formatted(void **state)
{
	(void)state;
	struct arena arena = ARENA_INIT;

	assert_null(arena_strdup(&arena, NULL));
	assert_string_equal(arena_strdup(&arena, ""), "");
	assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
	assert_string_equal(arena_printf(&arena, "%s:%d", "a.c", 12), "a.c:12");
	arena_release(&arena);
	assert_string_equal(arena_printf(&arena, "again"), "again");
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(a_large_piece_leaves_the_chunk_in_use_usable),
		cmocka_unit_test(a_first_large_piece_is_not_handed_out_twice),
		cmocka_unit_test(zero_bytes_give_unique_addresses),
		cmocka_unit_test(impossible_sizes_give_null),
		cmocka_unit_test(texts_are_copied_and_formatted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
