#include "analyzer/code_places.h"

#include <dlfcn.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"

/* The profile of a program with this test's own executable as module 1. */
struct program {
	struct arena arena;
	struct profile_data data;
	struct reader_module modules[4];
	struct reader_dag_node nodes[2];
	char path[4096];
	const char *name;
	uintptr_t bias;
};

/* Of the executable, which comes first. */
static int take_build_id(struct dl_phdr_info *info, size_t size, void *module)
{
	struct reader_module *to = module;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const uint8_t *note = (const uint8_t *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
		const ElfW(Nhdr) *header = (const void *)note;

		if (info->dlpi_phdr[i].p_type != PT_NOTE || header->n_type != NT_GNU_BUILD_ID)
			continue;
		to->build_id_bytes = header->n_descsz;
		memcpy(to->build_id, note + sizeof *header + 4, header->n_descsz);
	}
	return 1;
}

static void program_init(struct program *program)
{
	Dl_info info;
	void *map;
	ssize_t length = readlink("/proc/self/exe", program->path, sizeof program->path - 1);

	assert_true(length > 0);
	program->path[length] = '\0';
	program->name = strrchr(program->path, '/') + 1;
	assert_true(dladdr1((const void *)(uintptr_t)program_init, &info, &map, RTLD_DL_LINKMAP));
	program->bias = ((const struct link_map *)map)->l_addr;
	arena_init(&program->arena);
	program->data = (struct profile_data){
		.modules = program->modules, .module_count = 2,
		.dag_nodes = program->nodes, .dag_node_count = 2,
	};
	memset(program->modules, 0, sizeof program->modules);
	program->modules[1].path = program->path;
	dl_iterate_phdr(take_build_id, &program->modules[1]);
}

static const char *name_anew(struct program *program, const char *name)
{
	const struct resolve_options options = { .debuginfod = false };
	struct error err = ERROR_INIT;

	program->nodes[1].name = name;
	assert_int_equal(code_places_name(&program->data, &options, &program->arena, &err), 0);
	return program->nodes[1].name;
}

static void a_place_becomes_file_and_line(void **state)
{
	struct program program;
	char name[512];

	(void)state;
	program_init(&program);
	snprintf(name, sizeof name, "task {%s+0x%lx}!", program.name,
		 (unsigned long)((uintptr_t)name_anew - program.bias));
	const char *shown = name_anew(&program, name);

	assert_memory_equal(shown, "task test_code_places.c:", strlen("task test_code_places.c:"));
	assert_int_equal(shown[strlen(shown) - 1], '!');
	arena_release(&program.arena);
}

static void a_function_becomes_its_name(void **state)
{
	struct program program;
	char name[512];

	(void)state;
	program_init(&program);
	snprintf(name, sizeof name, "codelet {%s@0x%lx}", program.name,
		 (unsigned long)((uintptr_t)name_anew - program.bias));
	assert_string_equal(name_anew(&program, name), "codelet name_anew");
	arena_release(&program.arena);
}

static void what_is_no_place_stays(void **state)
{
	static const char *const names[] = {
		"", "load", "{", "}", "{}", "}{", "{+}", "{+0x}", "{a+0x12", "a+0x12}", "{a+12}", "{a+0xzz}",
		"{a+0x12 }", "{a-0x12}", "{nowhere+0x12}", "{+0x12}", "{a+0xfffffffffffffffffff}", "{x{a+0x1}}",
	};
	struct program program;

	(void)state;
	program_init(&program);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_string_equal(name_anew(&program, names[i]), names[i]);
	program.nodes[1].name = NULL;
	assert_null(name_anew(&program, NULL));
	arena_release(&program.arena);
}

static void a_file_name_of_two_modules_says_nothing(void **state)
{
	struct program program;
	char name[512], other[4200];

	(void)state;
	program_init(&program);
	snprintf(other, sizeof other, "/elsewhere/%s", program.name);
	program.modules[2].path = other;
	program.data.module_count = 3;
	snprintf(name, sizeof name, "task {%s+0x%lx}", program.name,
		 (unsigned long)((uintptr_t)name_anew - program.bias));
	assert_string_equal(name_anew(&program, name), name);
	arena_release(&program.arena);
}

static void where_no_symbol_is_the_address_stays(void **state)
{
	struct program program;
	char name[512], wanted[512];

	(void)state;
	program_init(&program);
	snprintf(name, sizeof name, "task {%s+0x7fffffff0000}", program.name);
	snprintf(wanted, sizeof wanted, "task %s+0x7fffffff0000", program.name);
	assert_string_equal(name_anew(&program, name), wanted);
	arena_release(&program.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_becomes_file_and_line),
		cmocka_unit_test(a_function_becomes_its_name),
		cmocka_unit_test(what_is_no_place_stays),
		cmocka_unit_test(a_file_name_of_two_modules_says_nothing),
		cmocka_unit_test(where_no_symbol_is_the_address_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
