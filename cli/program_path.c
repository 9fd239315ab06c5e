#include "cli/program_path.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

static bool is_executable(const char *path)
{
	struct stat status;

	return path && access(path, X_OK) == 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

char *program_path_find(struct arena *arena, const char *name)
{
	const char *folders = getenv("PATH");

	if (strchr(name, '/'))
		return arena_strdup(arena, name);
	if (!folders)
		folders = "/bin:/usr/bin";
	for (;;) {
		size_t length = strcspn(folders, ":");
		char *path = arena_printf(arena, "%.*s%s%s", (int)length, folders,
					  length ? "/" : "./", name);

		if (is_executable(path))
			return path;
		if (!folders[length])
			return NULL;
		folders += length + 1;
	}
}
