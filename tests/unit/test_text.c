#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void an_empty_text_is_an_empty_string(void **state)
{
	struct text text;

	(void)state;
	text_init(&text);
	assert_string_equal(text.data, "");
	text_clear(&text);
	assert_string_equal(text.data, "");
	text_release(&text);
}

static void pieces_of_all_kinds_follow_each_other(void **state)
{
	struct text text;

	(void)state;
	text_init(&text);
	text_add(&text, "a");
	text_add_char(&text, 'b');
	text_add_bytes(&text, "cdef", 2);
	text_printf(&text, "%d-%s", 42, "x");
	assert_string_equal(text.data, "abcd42-x");
	assert_int_equal(text.length, 8);
	assert_false(text_failed(&text));
	text_release(&text);
}

static void a_text_grows_past_any_size(void **state)
{
	struct text text;

	(void)state;
	text_init(&text);
	for (int i = 0; i < 10000; i++)
		text_printf(&text, "%04d", i);
	assert_int_equal(text.length, 40000);
	assert_memory_equal(text.data + 4 * 1234, "1234", 4);
	assert_int_equal(strlen(text.data), 40000);
	text_release(&text);
}

static void expect_shell_word(const char *word, const char *wanted)
{
	struct text text;

	text_init(&text);
	text_add_shell_word(&text, word);
	assert_string_equal(text.data, wanted);
	text_release(&text);
}

static void a_shell_word_is_quoted_when_it_must_be(void **state)
{
	(void)state;
	expect_shell_word("/tmp/a-b_c.1@x.dagmem", "/tmp/a-b_c.1@x.dagmem");
	expect_shell_word("", "''");
	expect_shell_word("a b", "'a b'");
	expect_shell_word("$(x);*?", "'$(x);*?'");
	expect_shell_word("it's", "'it'\\''s'");
	expect_shell_word("~x", "'~x'");
}

static void a_cleared_text_starts_anew(void **state)
{
	struct text text;

	(void)state;
	text_init(&text);
	text_add(&text, "old");
	text_clear(&text);
	text_add(&text, "n");
	assert_string_equal(text.data, "n");
	text_release(&text);
	assert_string_equal(text.data, "");
}

static void a_failure_is_remembered_when_cleared(void **state)
{
	struct text text;

	(void)state;
	text_init(&text);
	text_add(&text, "kept");
	text_printf(&text, "%ls", (const wchar_t[]){ 0x7fffffff, 0 });  /* no character */
	assert_true(text_failed(&text));
	text_clear(&text);
	text_add(&text, "n");
	assert_true(text_failed(&text));
	text_release(&text);
	assert_false(text_failed(&text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_text_is_an_empty_string),
		cmocka_unit_test(pieces_of_all_kinds_follow_each_other),
		cmocka_unit_test(a_text_grows_past_any_size),
		cmocka_unit_test(a_shell_word_is_quoted_when_it_must_be),
		cmocka_unit_test(a_cleared_text_starts_anew),
		cmocka_unit_test(a_failure_is_remembered_when_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
