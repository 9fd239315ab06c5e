#include "analyzer/attribute.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct patterns no_skip;

static unsigned traits(const char *function, const char *file, uint32_t line, const char *module)
{
	struct frame_symbol symbol = { .function = function, .file = file, .line = line,
				       .module = module };

	return attribute_traits(&symbol, &no_skip);
}

static void runtimes_are_known_by_module_and_by_source(void **state)
{
	(void)state;
	assert_true(traits("strdup", NULL, 0, "/lib/x86_64-linux-gnu/libc.so.6") & FRAME_IN_RUNTIME);
	assert_true(traits("f", NULL, 0, "/usr/lib/libstdc++.so.6.0.30") & FRAME_IN_RUNTIME);
	assert_true(traits("_dl_open", NULL, 0, "/lib64/ld-linux-x86-64.so.2") & FRAME_IN_RUNTIME);
	assert_true(traits("push_back", "/usr/include/c++/12/bits/stl_vector.h", 1281, "/opt/app") &
		    FRAME_IN_RUNTIME);
	assert_false(traits("main", "/home/me/libc.so/main.c", 3, "/opt/app") & FRAME_IN_RUNTIME);
	assert_false(traits("f", "/home/me/c.c", 3, "/opt/libcairo.so.2") & FRAME_IN_RUNTIME);
}

static void wrappers_are_known_by_name(void **state)
{
	(void)state;
	assert_true(traits("xmalloc", "/a/xmalloc.c", 9, "/opt/app") & FRAME_IN_WRAPPER);
	assert_true(traits("operator new(unsigned long)", NULL, 0, "/opt/app") & FRAME_IN_WRAPPER);
	assert_true(traits("g_strdup", "/a/gstrfuncs.c", 9, "/opt/libglib-2.0.so.0") &
		    FRAME_IN_WRAPPER);
	assert_false(traits("xml_parse", "/a/xml.c", 9, "/opt/app") & FRAME_IN_WRAPPER);
	assert_false(traits("malloc_pool_of_mine", "/a/p.c", 9, "/opt/app") & FRAME_IN_WRAPPER);
}

static void skip_patterns_add_wrappers(void **state)
{
	static const char *const globs[] = { "my_*alloc" };
	const struct patterns skip = { globs, 1 };
	const struct frame_symbol mine = { .function = "my_pool_alloc" };
	const struct frame_symbol other = { .function = "their_alloc" };

	(void)state;
	assert_true(attribute_traits(&mine, &skip) & FRAME_IN_WRAPPER);
	assert_false(attribute_traits(&other, &skip) & FRAME_IN_WRAPPER);
}

enum { MAIN = 1, XMALLOC, STRDUP, NO_SOURCE, PUSH_BACK, CALLERS_UNKNOWN, NAMELESS, ELSEWHERE };

static struct frame_symbol symbols[] = {
	{ .function = SYMBOL_UNKNOWN_NAME },
	[MAIN] = { .function = "main", .file = "/src/main.c", .line = 10, .module = "/opt/app" },
	[XMALLOC] = { .function = "xmalloc", .file = "/src/x.c", .line = 5, .module = "/opt/app" },
	[STRDUP] = { .function = "strdup", .file = "./string/strdup.c", .line = 42,
		     .module = "/lib/libc.so.6" },
	[NO_SOURCE] = { .function = "lib_open", .module = "/opt/libx.so" },
	[PUSH_BACK] = { .function = "std::vector<int>::push_back", .line = 1,
			.file = "/usr/include/c++/12/v.h", .module = "/opt/app" },
	[CALLERS_UNKNOWN] = { .function = "[callers unknown]" },
	[NAMELESS] = { .module = "/opt/libx.so", .offset = 0x1234 },
	[ELSEWHERE] = { .function = "other_entry", .module = "/opt/liby.so" },
};

enum { COUNT = sizeof symbols / sizeof symbols[0] };

/* The owner of a stack of single-frame call sites, given from the outermost inward. */
static uint32_t owner_of(const uint32_t *stack, size_t depth, const struct patterns *skip, bool leaf)
{
	uint32_t frames[8] = { 0 }, owners[8];
	struct frame_place places[8] = { { 0, 0 } };
	struct frame_node nodes[8] = { { 0, PLACE_EMPTY } };
	const struct call_frames tree = {
		symbols, places, frames, nodes, COUNT, depth + 1, depth, depth + 1
	};

	for (uint32_t i = 0; i < depth; i++) {
		frames[i] = stack[i];
		places[i + 1] = (struct frame_place){ i, 1 };
		nodes[i + 1] = (struct frame_node){ i, i + 1 };
	}
	assert_int_equal(attribute_owners(&tree, skip, leaf, owners), 0);
	return owners[depth];
}

static void strdup_and_xmalloc_hide_nobody(void **state)
{
	static const uint32_t stack[] = { MAIN, XMALLOC, STRDUP };

	(void)state;
	assert_int_equal(owner_of(stack, 3, &no_skip, false), MAIN);
	assert_int_equal(owner_of(stack, 3, &no_skip, true), STRDUP);
}

static void a_line_further_out_wins_over_a_library_without_source(void **state)
{
	static const uint32_t stack[] = { MAIN, NO_SOURCE, STRDUP };

	(void)state;
	assert_int_equal(owner_of(stack, 3, &no_skip, false), MAIN);
	assert_int_equal(owner_of(stack + 1, 2, &no_skip, false), NO_SOURCE);
}

static void a_nameless_frame_is_shown_as_its_caller_in_the_same_module(void **state)
{
	static const uint32_t entered[] = { ELSEWHERE, NO_SOURCE, NAMELESS, STRDUP };
	static const uint32_t foreign[] = { NO_SOURCE, ELSEWHERE, NAMELESS, STRDUP };

	(void)state;
	assert_int_equal(owner_of(entered, 4, &no_skip, false), NO_SOURCE);
	assert_int_equal(owner_of(foreign, 4, &no_skip, false), NAMELESS);
	assert_int_equal(owner_of(entered, 3, &no_skip, true), NAMELESS);
}

static void placeholders_own_nothing_that_anybody_else_can(void **state)
{
	static const uint32_t stack[] = { CALLERS_UNKNOWN, STRDUP };

	(void)state;
	assert_int_equal(owner_of(stack, 2, &no_skip, false), STRDUP);
	assert_int_equal(owner_of(stack, 1, &no_skip, false), CALLERS_UNKNOWN);
}

static void where_all_are_runtimes_the_innermost_owns(void **state)
{
	static const uint32_t stack[] = { PUSH_BACK, STRDUP };

	(void)state;
	assert_int_equal(owner_of(stack, 2, &no_skip, false), STRDUP);
	assert_int_equal(owner_of(stack, 0, &no_skip, false), SYMBOL_UNKNOWN);
}

static void the_callee_inlined_into_a_wrapper_site_is_looked_at_first(void **state)
{
	uint32_t frames[] = { PUSH_BACK, MAIN }, owners[2];
	struct frame_place places[] = { { 0, 0 }, { 0, 2 } };
	struct frame_node nodes[] = { { 0, PLACE_EMPTY }, { 0, 1 } };
	const struct call_frames tree = { symbols, places, frames, nodes, COUNT, 2, 2, 2 };

	(void)state;
	assert_int_equal(attribute_owners(&tree, &no_skip, false, owners), 0);
	assert_int_equal(owners[1], MAIN);
	assert_int_equal(attribute_owners(&tree, &no_skip, true, owners), 0);
	assert_int_equal(owners[1], PUSH_BACK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runtimes_are_known_by_module_and_by_source),
		cmocka_unit_test(wrappers_are_known_by_name),
		cmocka_unit_test(skip_patterns_add_wrappers),
		cmocka_unit_test(strdup_and_xmalloc_hide_nobody),
		cmocka_unit_test(a_line_further_out_wins_over_a_library_without_source),
		cmocka_unit_test(a_nameless_frame_is_shown_as_its_caller_in_the_same_module),
		cmocka_unit_test(placeholders_own_nothing_that_anybody_else_can),
		cmocka_unit_test(where_all_are_runtimes_the_innermost_owns),
		cmocka_unit_test(the_callee_inlined_into_a_wrapper_site_is_looked_at_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
