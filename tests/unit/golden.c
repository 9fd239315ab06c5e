#include "golden.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static bool file_holds(const char *path, const char *text, size_t length)
{
	FILE *file = fopen(path, "r");
	char *content = malloc(length + 1);
	bool same = file && content && fread(content, 1, length + 1, file) == length &&
		memcmp(content, text, length) == 0;

	free(content);
	if (file)
		fclose(file);
	return same;
}

static void keep(const char *name, const char *text, size_t length)
{
	char path[256];

	mkdir("build", 0777);
	mkdir("build/golden", 0777);
	snprintf(path, sizeof path, "build/golden/%s", name);
	FILE *file = fopen(path, "w");

	if (!file || fwrite(text, 1, length, file) != length || fclose(file) != 0)
		fail_msg("%s: %s", path, strerror(errno));
}

void assert_golden(const char *name, const char *text, size_t length)
{
	char path[256];

	snprintf(path, sizeof path, "tests/golden/%s", name);
	if (file_holds(path, text, length))
		return;
	keep(name, text, length);
	fail_msg("%s differs: compare it with build/golden/%s", path, name);
}
