#include "analyzer/profile_spec.h"

#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"

int profile_spec_split(struct profile_spec *spec, const char *text, struct arena *arena,
		       struct error *err)
{
	const char *mark = strrchr(text, '@');

	*spec = (struct profile_spec){ .path = text };
	if (!mark || access(text, F_OK) == 0)
		return 0;
	spec->label = mark + 1;
	spec->path = arena_strndup(arena, text, (size_t)(mark - text));
	return spec->path ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for a path");
}
