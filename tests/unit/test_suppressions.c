/* suppressions: both formats, their mistakes, and what they hide. */
#include "analyzer/suppress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

/* A stack, innermost first: symbols of the table below. */
enum { NEW, DUP, MAKE, LOAD, PLUGIN, MAIN, SYMBOLS };

static struct frame_symbol symbols[SYMBOLS] = {
	[NEW] = { "operator new(unsigned long)", NULL, "/usr/lib/libstdc++.so.6", 0, 0 },
	[DUP] = { "strdup", NULL, "/usr/lib/libc.so.6", 0, 0 },
	[MAKE] = { "ns::make_cache(int)", "/home/u/src/cache.cpp", "/opt/app", 0, 12 },
	[LOAD] = { "load_table", "src/load.c", "/opt/app", 0, 33 },
	[PLUGIN] = { NULL, NULL, "/opt/plugins/libplugin_a.so", 0x123, 0 },
	[MAIN] = { "main", "src/main.c", "/opt/app", 0, 7 },
};

static const struct call_frames frames = { .symbols = symbols, .symbol_count = SYMBOLS };
static const uint32_t C_STACK[] = { DUP, LOAD, PLUGIN, MAIN };
static const uint32_t CPP_STACK[] = { NEW, MAKE, PLUGIN, MAIN };

static struct suppressions parse(const char *text)
{
	struct suppressions list = { .arena = ARENA_INIT, .today = "2026-06-15" };
	struct error err = ERROR_INIT;

	if (suppressions_parse(&list, text, strlen(text), "x.supp", &err))
		fail_msg("%s", err.message);
	return list;
}

/* The line of the entry that hides it, 0: none does. */
static uint32_t hidden_by(const char *text, enum leak_verdict verdict, const uint32_t *stack,
			  size_t count)
{
	struct suppressions list = parse(text);
	struct suppressor suppressor;
	uint32_t line = 0;

	assert_int_equal(suppressor_init(&suppressor, &list, &frames), 0);
	uint32_t found = suppressor_find(&suppressor, verdict, stack, count);

	/* Asked again, what was remembered says the same. */
	assert_int_equal(suppressor_find(&suppressor, verdict, stack, count), found);
	if (found != UINT32_MAX)
		line = list.items[found].line;
	suppressor_release(&suppressor);
	suppressions_release(&list);
	return line;
}

static bool hides_c(const char *text)
{
	return hidden_by(text, LEAK_DEFINITE, C_STACK, 4) != 0;
}

static bool hides_cpp(const char *text)
{
	return hidden_by(text, LEAK_DEFINITE, CPP_STACK, 4) != 0;
}

#define BLOCK(frames) "{\n  name\n  Memcheck:Leak\n" frames "\n}\n"

static void a_line_matches_function_file_or_module_of_any_frame(void **state)
{
	(void)state;
	assert_true(hides_c("leak:load_table"));
	assert_true(hides_c("leak:oad_ta"));
	assert_true(hides_c("leak:src/load.c"));
	assert_true(hides_c("leak:libplugin_a"));
	assert_true(hides_c("leak:^main$\n"));
	assert_true(hides_c("leak:^lo*ble$"));
	assert_true(hides_c("leak:lo*_*b"));
	assert_false(hides_c("leak:^oad_table"));
	assert_false(hides_c("leak:load_tabl$"));
	assert_false(hides_c("leak:lo?d_table"));
	assert_false(hides_c("leak:make_cache"));
	assert_true(hides_cpp("leak:make_cache(int)$"));
}

static void patterns_match_as_their_formats_say(void **state)
{
	(void)state;
	assert_true(suppress_anywhere("ab", "aab"));
	assert_true(suppress_anywhere("ab$", "abab"));
	assert_true(suppress_anywhere("^*b$", "ab"));
	assert_true(suppress_anywhere("a*a", "xaxa"));
	assert_false(suppress_anywhere("a*a", "xax"));
	assert_false(suppress_anywhere("^b", "ab"));
	assert_true(suppress_glob("*", ""));
	assert_true(suppress_glob("a?c*", "abcd"));
	assert_true(suppress_glob("*ab*ab", "xxabyabab"));
	assert_false(suppress_glob("a?", "a"));
	assert_false(suppress_glob("", "a"));
	assert_true(suppress_glob("", ""));
}

static void frames_match_from_the_innermost_on(void **state)
{
	(void)state;
	assert_true(hides_c(BLOCK("fun:strdup")));
	assert_true(hides_c(BLOCK("fun:strdup\nfun:load_*\nobj:/opt/plugins/*\nfun:main")));
	assert_true(hides_c(BLOCK("...\nfun:main")));
	assert_true(hides_c(BLOCK("...\nfun:load_table\n...\nfun:main")));
	assert_true(hides_c(BLOCK("fun:str*\n...\nobj:*libplugin_?.so\nfun:main")));
	assert_true(hides_c(BLOCK("...\nsrc:load.c")));
	assert_true(hides_c(BLOCK("...\nsrc:load.c:33")));
	assert_true(hides_c(BLOCK("...\nsrc:src/load.c:33")));
	assert_false(hides_c(BLOCK("...\nsrc:load.c:34")));
	assert_false(hides_c(BLOCK("fun:load_table")));
	assert_false(hides_c(BLOCK("fun:strdup\nfun:main")));
	assert_false(hides_c(BLOCK("...\nfun:main\nfun:_start")));
	assert_false(hides_c(BLOCK("...\nfun:load_table\nfun:main")));
	assert_false(hides_c(BLOCK("obj:libplugin_a.so")));
}

/* Ours are stacks without malloc's own frame, and with readable names. */
static void valgrinds_own_files_fit_our_stacks(void **state)
{
	(void)state;
	assert_true(hides_c(BLOCK("fun:malloc\nfun:strdup\nfun:load_table")));
	assert_true(hides_c(BLOCK("fun:*alloc\nfun:strdup")));
	assert_true(hides_c(BLOCK("obj:*/vgpreload_memcheck-amd64-linux.so\nfun:strdup")));
	assert_true(hides_cpp(BLOCK("fun:_Znwm\nfun:_ZN2ns10make_cacheEi")));
	assert_true(hides_cpp(BLOCK("fun:_Znwm\n...\nfun:main")));
	assert_false(hides_cpp(BLOCK("fun:_Znwm\nfun:_ZN2ns10make_cacheEl")));
	/* Entries of other tools and kinds are read over. */
	assert_false(hides_c("{\n a\n Memcheck:Cond\n fun:strdup\n}\n{\n b\n Helgrind:Race\n ...\n}\n"));
	assert_true(hides_c("{\n a\n Memcheck,Addrcheck:Leak\n fun:strdup\n}\n"));
}

static void kinds_say_which_verdicts_are_hidden(void **state)
{
	(void)state;
	static const char TEXT[] = BLOCK("match-leak-kinds: definite,possible\nfun:strdup");

	assert_int_equal(hidden_by(TEXT, LEAK_DEFINITE, C_STACK, 4), 1);
	assert_int_equal(hidden_by(TEXT, LEAK_POSSIBLE, C_STACK, 4), 1);
	assert_int_equal(hidden_by(TEXT, LEAK_INDIRECT, C_STACK, 4), 0);
	assert_int_equal(hidden_by(TEXT, LEAK_REACHABLE, C_STACK, 4), 0);
	assert_int_equal(hidden_by(BLOCK("match-leak-kinds: none\nfun:strdup"), LEAK_DEFINITE, C_STACK, 4), 0);
	assert_int_equal(hidden_by(BLOCK("match-leak-kinds: all\nfun:strdup"), LEAK_REACHABLE, C_STACK, 4), 1);
}

static void entries_end_with_their_day(void **state)
{
	(void)state;
	/* Today is 2026-06-15. */
	assert_true(hides_c("# expires: 2026-06-15\nleak:strdup\n"));
	assert_false(hides_c("# a year was enough, expires: 2026-06-14 (see #12)\nleak:strdup\n"));
	assert_false(hides_c("{\n n\n Memcheck:Leak\n # Expires: 2025-12-31\n fun:strdup\n}\n"));
	/* Only the next entry. */
	assert_int_equal(hidden_by("# expires: 2020-01-01\nleak:load\nleak:strdup\n", LEAK_DEFINITE,
				   C_STACK, 4), 3);
	/* The later of two entries is looked at first. */
	assert_int_equal(hidden_by("leak:strdup\nleak:main\n", LEAK_DEFINITE, C_STACK, 4), 2);
}

static void assert_refused(const char *text, const char *message)
{
	struct suppressions list = { .arena = ARENA_INIT, .today = "2026-06-15" };
	struct error err = ERROR_INIT;

	assert_int_equal(suppressions_parse(&list, text, strlen(text), "x.supp", &err), ERROR_FORMAT);
	assert_string_equal(err.message, message);
	suppressions_release(&list);
}

static void mistakes_are_told_with_their_line(void **state)
{
	(void)state;
	assert_refused("\n\nlaek:foo\n",
		       "x.supp:3: 'laek:foo' is neither leak:PATTERN nor the beginning of {");
	assert_refused("leak:**\n", "x.supp:1: 'leak:**' would hide every leak");
	assert_refused("leak:\n", "x.supp:1: 'leak:' would hide every leak");
	assert_refused("{\n a\n Memcheck:Leak\n fun:a\n",
		       "x.supp:4: the entry that begins at line 1 has no end");
	assert_refused("{\n a\n", "x.supp:2: the entry that begins at line 1 has no end");
	assert_refused("{\n a\n Memcheck\n}\n",
		       "x.supp:3: 'Memcheck' is no kind of error, as Memcheck:Leak is");
	assert_refused(BLOCK("fnu:a"), "x.supp:4: 'fnu:a' is no frame: fun:NAME, obj:PATH, src:FILE or ...");
	assert_refused(BLOCK("...\nfun:*"), "x.supp:6: 'name' would hide every leak");
	assert_refused(BLOCK("match-leak-kinds: some\nfun:a"),
		       "x.supp:4: match-leak-kinds takes definite, indirect, possible, reachable, all or"
		       " none, not 'some'");
	assert_refused("# expires: tomorrow\nleak:a\n",
		       "x.supp:1: expires: wants a day as YYYY-MM-DD, not 'tomorrow'");
	assert_refused("# expires: 2026-13-01\nleak:a\n",
		       "x.supp:1: expires: wants a day as YYYY-MM-DD, not '2026-13-01'");
}

static void the_list_of_our_own_is_understood(void **state)
{
	(void)state;
	struct suppressions list;
	struct error err = ERROR_INIT;

	assert_int_equal(suppressions_init(&list, "2026-06-15", &err), 0);
	assert_true(list.count > 10);
	for (size_t i = 0; i < list.count; i++) {
		assert_null(list.items[i].file);
		assert_false(list.items[i].expired);
	}
	suppressions_release(&list);
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
	(void)state;
	struct suppressions list = { .arena = ARENA_INIT };
	struct error err = ERROR_INIT;

	assert_int_equal(suppressions_read(&list, "/nonexistent/x.supp", &err), ERROR_SYSTEM);
	assert_non_null(strstr(err.message, "/nonexistent/x.supp"));
	suppressions_release(&list);
}

/* What is written for a leak hides it, and nothing else. */
static void what_is_written_hides_what_it_was_written_for(void **state)
{
	(void)state;
	static const struct view_frame stack[] = {
		{ .function = "main", .file = "src/main.c", .module = "/opt/app", .line = 7 },
		{ .module = "/opt/plugins/libplugin_a.so", .module_offset = 0x123 },
		{ .function = "load_table", .file = "src/load.c", .module = "/opt/app", .line = 33 },
		{ .function = "strdup", .module = "/usr/lib/libc.so.6" },
	};
	const struct view_leak leak = {
		.verdict = LEAK_DEFINITE, .frame = stack[2], .stack = stack, .stack_frames = 4,
	};
	struct text text;

	text_init(&text);
	suppress_write(&text, &leak);
	assert_false(text_failed(&text));
	assert_string_equal(text.data, "{\n   load_table in src/load.c\n   Memcheck:Leak\n"
			    "   match-leak-kinds: definite\n   fun:*alloc*\n   fun:strdup\n   fun:load_table\n"
			    "   obj:/opt/plugins/libplugin_a.so\n   fun:main\n}\n");
	assert_true(hides_c(text.data));
	assert_false(hides_cpp(text.data));
	/* Not what the callers allocated themselves. */
	assert_int_equal(hidden_by(text.data, LEAK_DEFINITE, C_STACK + 1, 3), 0);
	assert_int_equal(hidden_by(text.data, LEAK_REACHABLE, C_STACK, 4), 0);
	text_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_matches_function_file_or_module_of_any_frame),
		cmocka_unit_test(patterns_match_as_their_formats_say),
		cmocka_unit_test(frames_match_from_the_innermost_on),
		cmocka_unit_test(valgrinds_own_files_fit_our_stacks),
		cmocka_unit_test(kinds_say_which_verdicts_are_hidden),
		cmocka_unit_test(entries_end_with_their_day),
		cmocka_unit_test(mistakes_are_told_with_their_line),
		cmocka_unit_test(the_list_of_our_own_is_understood),
		cmocka_unit_test(a_file_that_is_not_there_is_an_error),
		cmocka_unit_test(what_is_written_hides_what_it_was_written_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
