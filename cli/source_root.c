#include "cli/source_root.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"

int source_root_find(const char **root, struct arena *arena, struct error *err)
{
	char *path = realpath(*root ? *root : ".", NULL);

	if (!path)
		return error_set(err, ERROR_USAGE, "--source-root: there is no '%s'", *root ? *root : ".");
	*root = strcmp(path, "/") == 0 ? NULL : arena_strdup(arena, path);
	free(path);
	return 0;
}
