/*
 * replay: runs a fuzz target over its committed corpus, as cmocka tests: one
 * for each file.  Linked instead of libFuzzer in `make test`, so that what a
 * fuzzer once found stays found, with any compiler and under any sanitizer.
 *
 * build/.../fuzz_NAME reads tests/fuzz/corpus/NAME/ (from the top folder).
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

enum { FILES_MAX = 1000, FILE_BYTES_MAX = 16 << 20 };

static char folder[512];

static void replay_file(void **state)
{
	const char *name = *state;
	char path[1024];
	uint8_t *bytes = malloc(FILE_BYTES_MAX), *exact;
	size_t size_bytes;
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "rb");
	assert_non_null(bytes);
	assert_non_null(file);
	size_bytes = fread(bytes, 1, FILE_BYTES_MAX, file);
	fclose(file);
	exact = malloc(size_bytes ? size_bytes : 1);    /* so that ASan sees its end */
	assert_non_null(exact);
	memcpy(exact, bytes, size_bytes);
	free(bytes);
	assert_int_equal(LLVMFuzzerTestOneInput(exact, size_bytes), 0);
	free(exact);
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	static struct CMUnitTest tests[FILES_MAX];
	struct dirent **entries;
	const char *name;
	int files;

	if (argc < 1 || !(name = strstr(argv[0], "fuzz_")))
		return 2;
	snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", name + strlen("fuzz_"));
	files = scandir(folder, &entries, visible, alphasort);
	if (files <= 0 || files > FILES_MAX) {
		fprintf(stderr, "%s: no corpus, or too large a one\n", folder);
		return 2;
	}
	for (int i = 0; i < files; i++)
		tests[i] = (struct CMUnitTest){ .name = entries[i]->d_name, .test_func = replay_file,
						.initial_state = entries[i]->d_name };
	return _cmocka_run_group_tests(name, tests, (size_t)files, NULL, NULL);
}
