/* Variables: which one stands at an address, or at an offset of threads' memory, and which part of it. */
#include "analyzer/symbols.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "workshop.h"

/* The program's, and ours, so that the compiler says where members are. */
#define TYPES \
	struct inner { char name[8]; void *next; }; \
	struct outer { \
		long count; \
		union { void *pointer; long number; } any; \
		struct { int key; void *anonymous; }; \
		struct inner grid[2][3]; \
		unsigned bits : 3; \
		void *last; \
	};

TYPES

#define TEXT_OF(...) #__VA_ARGS__
#define TEXT(...) TEXT_OF(__VA_ARGS__)

static const char program[] =
	TEXT(TYPES) "\n"
	"typedef struct outer outer_type;\n"
	"volatile outer_type state;\n"
	"void *flat[5], *single;\n"
	"extern void *unknown_size[];\n"
	"void *unknown_size[] = { &single, &flat };\n"
	"_Thread_local int before = 1;\n"
	"_Thread_local struct outer of_thread;\n"
	"int main(void) { static void *in_function[2]; in_function[1] = &state; return before; }\n";

static const char cxx_program[] =
	"struct base { void *b; };\n"
	"struct derived : base { void *d; static void *shared; };\n"
	"void *derived::shared;\n"
	"thread_local int before = 1;\n"
	"namespace space { derived object; thread_local derived of_thread; }\n"
	"int main() { return !&space::object + !&space::of_thread + before; }\n";

/* The variable and part at `offset` in `symbol`; "-" when there is none. */
static const char *found(const struct workshop_object *object, const char *symbol, size_t offset, bool local)
{
	static char text[256];
	const struct symbols_request request = {
		.path = object->path, .build_id = object->build_id, .build_id_bytes = object->build_id_bytes,
	};
	struct symbols *symbols = symbols_open(&request);
	uint64_t address = workshop_address(object, symbol) + offset;
	struct symbols_variable variable;

	assert_non_null(symbols);
	if (local ? symbols_thread_local(symbols, address, &variable)
		  : symbols_variable(symbols, address, &variable)) {
		assert_int_equal(variable.offset, offset);
		assert_true(variable.bytes > offset);
		snprintf(text, sizeof text, "%s%s", variable.name, variable.member ? variable.member : "");
	} else {
		strcpy(text, "-");
	}
	symbols_close(symbols);
	return text;
}

static void assert_parts(const struct workshop_object *object, const char *symbol, bool local)
{
	const struct { size_t offset; const char *part; } parts[] = {
		{ offsetof(struct outer, count), ".count" },
		{ offsetof(struct outer, any), ".any.pointer" },
		{ offsetof(struct outer, anonymous), ".anonymous" },
		{ offsetof(struct outer, grid[1][2].next), ".grid[1][2].next" },
		{ offsetof(struct outer, grid[0][1].name[3]), ".grid[0][1].name[3]" },
		{ offsetof(struct outer, last), ".last" },
		{ offsetof(struct outer, last) + 3, ".last+3" },
		{ offsetof(struct outer, key) + 4, "+20" },             /* between two members */
	};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char wanted[128];

		snprintf(wanted, sizeof wanted, "%s%s", symbol, parts[i].part);
		assert_string_equal(found(object, symbol, parts[i].offset, local), wanted);
	}
}

static const char *const compilers[] = { "gcc -gdwarf-5", "gcc -gdwarf-4 -O2", "clang -g" };

static void parts_of_variables_are_named_as_the_source_does(void **state)
{
	struct workshop *shop = *state;

	workshop_write(shop, "parts.c", program);
	for (size_t i = 0; i < sizeof compilers / sizeof *compilers; i++) {
		if (workshop_run(shop, "%s -Wl,--build-id -o parts parts.c", compilers[i])) {
			assert_memory_not_equal(compilers[i], "gcc", 3);        /* clang may be missing */
			continue;
		}
		struct workshop_object object = workshop_object(shop, "parts");

		assert_parts(&object, "state", false);
		assert_parts(&object, "of_thread", true);
		assert_string_equal(found(&object, "flat", 0, false), "flat[0]");
		assert_string_equal(found(&object, "flat", 32, false), "flat[4]");
		assert_string_equal(found(&object, "unknown_size", 8, false), "unknown_size[1]");
		assert_string_equal(found(&object, "single", 0, false), "single");
		assert_string_equal(found(&object, "single", 2, false), "single+2");
		assert_string_equal(found(&object, "main", 0, false), "-");
	}
}

static void without_debug_information_the_name_is_left(void **state)
{
	struct workshop *shop = *state;

	workshop_write(shop, "parts.c", program);
	assert_int_equal(workshop_run(shop, "gcc -Wl,--build-id -o bare parts.c"), 0);
	struct workshop_object object = workshop_object(shop, "bare");

	assert_string_equal(found(&object, "state", 24, false), "state");
	assert_string_equal(found(&object, "of_thread", 24, true), "of_thread");
}

static void base_classes_and_static_members_are_seen_through(void **state)
{
	struct workshop *shop = *state;

	workshop_write(shop, "parts.cpp", cxx_program);
	if (workshop_run(shop, "g++ -g -Wl,--build-id -o cxx parts.cpp"))
		skip();
	struct workshop_object object = workshop_object(shop, "cxx");

	assert_string_equal(found(&object, "_ZN5space6objectE", 0, false), "space::object.b");
	assert_string_equal(found(&object, "_ZN5space6objectE", 8, false), "space::object.d");
	assert_string_equal(found(&object, "_ZN5space9of_threadE", 8, true), "space::of_thread.d");
	assert_string_equal(found(&object, "_ZN7derived6sharedE", 0, false), "derived::shared");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(parts_of_variables_are_named_as_the_source_does,
						workshop_set_up, workshop_tear_down),
		cmocka_unit_test_setup_teardown(without_debug_information_the_name_is_left,
						workshop_set_up, workshop_tear_down),
		cmocka_unit_test_setup_teardown(base_classes_and_static_members_are_seen_through,
						workshop_set_up, workshop_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
