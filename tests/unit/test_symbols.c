#include "analyzer/symbols.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/demangle.h"
#include "workshop.h"

/*
 * Programs are compiled here, since what matters is what compilers write.
 * Without g++ or clang their tests are skipped.
 */
static struct symbols *open_symbols(const struct workshop_object *object)
{
	const struct symbols_request request = {
		.path = object->path, .build_id = object->build_id,
		.build_id_bytes = object->build_id_bytes,
	};
	struct symbols *symbols = symbols_open(&request);

	assert_non_null(symbols);
	return symbols;
}

static const char *last_component(const char *path)
{
	return path ? strrchr(path, '/') + 1 : NULL;
}

/* `file` is `path` in the workshop, by its full name. */
static void assert_source(const struct workshop *shop, const char *file, const char *path)
{
	size_t length = strlen(shop->path);

	assert_non_null(file);
	assert_memory_equal(file, shop->path, length);
	assert_string_equal(file + length, path);
}

static const char inline_program[] =
	"#include <stdlib.h>\n"                                                 /* 1 */
	"static inline __attribute__((always_inline)) void *inner(size_t n)\n"  /* 2 */
	"{\n"                                                                   /* 3 */
	"	void *p = malloc(n);\n"                                         /* 4 */
	"	__asm__ volatile(\".globl marked_call\\nmarked_call: nop\" ::: \"memory\");\n"
	"	return p;\n"                                                    /* 6 */
	"}\n"
	"static inline __attribute__((always_inline)) void *middle(size_t n)\n" /* 8 */
	"{\n"
	"	return inner(n * 2);\n"                                         /* 10 */
	"}\n"
	"__attribute__((noinline)) void *outer(size_t n)\n"                     /* 12 */
	"{\n"
	"	void *p = middle(n + 1);\n"                                     /* 14 */
	"	return p ? p : outer(n);\n"
	"}\n"
	"int main(void) { return outer(1) == 0; }\n";

/* The frames at `marked_call`, which is in outer <- middle <- inner. */
static void assert_inlined_frames(const struct workshop_object *object, uint64_t address)
{
	struct symbols *symbols = open_symbols(object);
	const struct symbols_frame *frames;

	assert_int_equal(symbols_quality(symbols), SYMBOLS_LINES);
	assert_int_equal(symbols_frames(symbols, address, &frames), 3);
	assert_string_equal(frames[0].function, "inner");
	assert_true(frames[0].line == 5);
	assert_true(frames[0].inlined && frames[1].inlined && !frames[2].inlined);
	assert_string_equal(frames[1].function, "middle");
	assert_int_equal(frames[1].line, 10);
	assert_string_equal(frames[2].function, "outer");
	assert_int_equal(frames[2].line, 14);
	assert_string_equal(last_component(frames[2].file), "inl.c");
	symbols_close(symbols);
}

static struct workshop_object compile_inlined(const struct workshop *shop, const char *flags)
{
	workshop_write(shop, "inl.c", inline_program);
	assert_int_equal(workshop_run(shop, "gcc -g -O2 %s -Wl,--build-id -o inl inl.c", flags), 0);
	return workshop_object(shop, "inl");
}

static void inlined_functions_are_frames_of_their_own(void **state)
{
	struct workshop_object object = compile_inlined(*state, "");

	assert_inlined_frames(&object, workshop_address(&object, "marked_call"));
}

/* As `make` and CMake do: the compiler runs somewhere else, and is given relative names. */
static void a_relative_source_name_becomes_a_full_path(void **state)
{
	static const char *const formats[] = { "-gdwarf-4", "-gdwarf-5" };
	const struct workshop *shop = *state;

	assert_int_equal(workshop_run(shop, "mkdir out src"), 0);
	workshop_write(shop, "src/inl.c", inline_program);
	for (size_t i = 0; i < 2; i++) {
		const struct symbols_frame *frames;
		struct workshop_object object;
		struct symbols *symbols;

		assert_int_equal(workshop_run(shop, "cd out && gcc %s -O2 -Wl,--build-id "
				     "-o ../inl ../src/inl.c", formats[i]), 0);
		object = workshop_object(shop, "inl");
		symbols = open_symbols(&object);
		assert_int_equal(symbols_frames(symbols, workshop_address(&object, "marked_call"),
						&frames), 3);
		for (size_t frame = 0; frame < 3; frame++)
			assert_source(shop, frames[frame].file, "/out/../src/inl.c");
		symbols_close(symbols);
	}
}

static void dwarf_4_and_non_pie_programs_are_read_too(void **state)
{
	struct workshop_object object = compile_inlined(*state, "-gdwarf-4 -no-pie");

	assert_inlined_frames(&object, workshop_address(&object, "marked_call"));
}

static void clang_programs_without_aranges_are_read_too(void **state)
{
	const struct workshop *shop = *state;
	struct workshop_object object;

	workshop_write(shop, "inl.c", inline_program);
	if (workshop_run(shop, "clang -g -O2 -Wl,--build-id -o inl inl.c"))
		skip();
	object = workshop_object(shop, "inl");
	assert_inlined_frames(&object, workshop_address(&object, "marked_call"));
}

static void a_debug_file_beside_the_program_is_found_by_its_link(void **state)
{
	const struct workshop *shop = *state;
	struct workshop_object object = compile_inlined(shop, "");
	uint64_t address = workshop_address(&object, "marked_call");

	assert_int_equal(workshop_run(shop, "objcopy --only-keep-debug inl inl.debug && "
			     "strip inl && objcopy --add-gnu-debuglink=inl.debug inl"), 0);
	assert_inlined_frames(&object, address);
}

static void a_stripped_program_has_the_names_it_exports(void **state)
{
	const struct workshop *shop = *state;
	struct workshop_object object = compile_inlined(shop, "-rdynamic");
	uint64_t function = workshop_address(&object, "outer");
	const struct symbols_frame *frames;
	struct symbols *symbols;

	assert_int_equal(workshop_run(shop, "strip inl"), 0);
	symbols = open_symbols(&object);
	assert_int_equal(symbols_quality(symbols), SYMBOLS_NAMES);
	assert_int_equal(symbols_frames(symbols, function, &frames), 1);
	assert_string_equal(frames[0].function, "outer");
	assert_null(frames[0].file);
	assert_int_equal(frames[0].line, 0);
	/* Far outside of any function: nothing is better than a wrong name. */
	assert_int_equal(symbols_frames(symbols, 1, &frames), 1);
	assert_null(frames[0].function);
	symbols_close(symbols);
}

static void a_file_of_another_build_is_not_used(void **state)
{
	struct workshop_object object = compile_inlined(*state, "");
	const struct symbols_frame *frames;
	struct symbols *symbols;

	object.build_id[0] ^= 1;
	symbols = open_symbols(&object);
	assert_int_equal(symbols_quality(symbols), SYMBOLS_REBUILT);
	assert_int_equal(symbols_frames(symbols, workshop_address(&object, "outer"), &frames), 1);
	assert_null(frames[0].function);
	symbols_close(symbols);
}

static void a_deleted_file_is_used_when_the_build_is_the_same(void **state)
{
	struct workshop_object object = compile_inlined(*state, "");
	uint64_t address = workshop_address(&object, "marked_call");

	strcat(object.path, " (deleted)");
	assert_inlined_frames(&object, address);
}

static void a_missing_file_gives_one_unknown_frame(void **state)
{
	struct workshop_object object = { .path = "/no/such/file" };
	const struct symbols_frame *frames;
	struct symbols *symbols = open_symbols(&object);

	(void)state;
	assert_int_equal(symbols_quality(symbols), SYMBOLS_MISSING);
	assert_int_equal(symbols_frames(symbols, 0x1000, &frames), 1);
	assert_null(frames[0].function);
	symbols_close(symbols);
	strcpy(object.path, "/dev/zero");
	symbols = open_symbols(&object);
	assert_int_equal(symbols_quality(symbols), SYMBOLS_MISSING);
	symbols_close(symbols);
}

static void cpp_methods_are_named_as_their_source_has_them(void **state)
{
	static const char source[] =
		"namespace shop { template <class T> struct cart {\n"
		"	__attribute__((noinline)) T *add(int n) { return new T[n]; }\n"
		"}; }\n"
		"template struct shop::cart<long>;\n"
		"int main() { shop::cart<long> c; return c.add(3) == nullptr; }\n";
	const struct workshop *shop = *state;
	const struct symbols_frame *frames;
	struct symbols *symbols;
	struct workshop_object object;

	workshop_write(shop, "cart.cc", source);
	if (workshop_run(shop, "g++ -g -O2 -Wl,--build-id -o cart cart.cc"))
		skip();
	object = workshop_object(shop, "cart");
	symbols = open_symbols(&object);
	assert_int_equal(symbols_frames(symbols, workshop_address(&object, "_ZN4shop4cartIlE3addEi"),
					&frames), 1);
	assert_string_equal(frames[0].function, "shop::cart<long>::add(int)");
	assert_int_equal(frames[0].line, 2);
	symbols_close(symbols);
}

static void names_of_both_rust_manglings_and_cpp_are_readable(void **state)
{
	static const struct { const char *mangled, *readable; } names[] = {
		{ "_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt" },
		{ "_RNvCs1234_7mycrate3foo", "mycrate::foo" },
		{ "_ZNSt6vectorIiSaIiEE9push_backEOi",
		  "std::vector<int, std::allocator<int> >::push_back(int&&)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char *readable = demangle(names[i].mangled);

		assert_non_null(readable);
		assert_string_equal(readable, names[i].readable);
		free(readable);
	}
	assert_null(demangle("main"));
	assert_null(demangle("_start"));
	assert_null(demangle("_Zrubbish"));
	assert_null(demangle(""));
}

#define in_workshop(test) \
	cmocka_unit_test_setup_teardown(test, workshop_set_up, workshop_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_workshop(inlined_functions_are_frames_of_their_own),
		in_workshop(a_relative_source_name_becomes_a_full_path),
		in_workshop(dwarf_4_and_non_pie_programs_are_read_too),
		in_workshop(clang_programs_without_aranges_are_read_too),
		in_workshop(a_debug_file_beside_the_program_is_found_by_its_link),
		in_workshop(a_stripped_program_has_the_names_it_exports),
		in_workshop(a_file_of_another_build_is_not_used),
		in_workshop(a_deleted_file_is_used_when_the_build_is_the_same),
		cmocka_unit_test(a_missing_file_gives_one_unknown_frame),
		in_workshop(cpp_methods_are_named_as_their_source_has_them),
		cmocka_unit_test(names_of_both_rust_manglings_and_cpp_are_readable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
