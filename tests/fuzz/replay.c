/*
 * replay: main() for a fuzz target where libFuzzer is not used.
 *
 * Runs the target on each file of tests/fuzz/corpus/NAME (NAME from the
 * program's own, fuzz_NAME) and of seeds/NAME beside the program, where the
 * build leaves what it makes; or on the files given.  Fails when there are none.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_BYTES_MAX = 64 << 20 };

static int replay(const char *path)
{
	FILE *file = fopen(path, "r");
	uint8_t *data = file ? malloc(INPUT_BYTES_MAX) : NULL;

	if (!data) {
		perror(path);
		exit(1);
	}
	size_t size = fread(data, 1, INPUT_BYTES_MAX, file);

	LLVMFuzzerTestOneInput(data, size);
	free(data);
	fclose(file);
	return 1;
}

static int replay_folder(const char *folder)
{
	DIR *directory = opendir(folder);
	int count = 0;

	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		count += replay(path);
	}
	if (directory)
		closedir(directory);
	return count;
}

int main(int argc, char **argv)
{
	const char *name = strstr(argv[0], "fuzz_");
	char folder[4096];
	int count = 0;

	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	if (argc == 1 && name && strchr(argv[0], '/')) {
		snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", strrchr(name, '_') + 1);
		count = replay_folder(folder);
		snprintf(folder, sizeof folder, "%.*s/seeds/%s", (int)(strrchr(argv[0], '/') - argv[0]), argv[0],
			 strrchr(name, '_') + 1);
		count += replay_folder(folder);
	}
	if (!count)
		return 1;
	printf("[  PASSED  ] %d test(s).\n", count);   /* what tests/run counts */
	return 0;
}
