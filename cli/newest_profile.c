#include "cli/newest_profile.h"

#include <glob.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/error.h"

static bool is_newer(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

int newest_profile(struct arena *arena, const char **path, struct error *err)
{
	struct timespec newest = { 0 };
	const char *found = NULL;
	struct stat status;
	glob_t paths = { 0 };

	if (glob("*.dagmem", GLOB_NOSORT, NULL, &paths) == 0)
		for (size_t i = 0; i < paths.gl_pathc; i++)
			if (stat(paths.gl_pathv[i], &status) == 0 && S_ISREG(status.st_mode) &&
			    (!found || is_newer(status.st_mtim, newest))) {
				found = paths.gl_pathv[i];
				newest = status.st_mtim;
			}
	found = arena_strdup(arena, found);
	globfree(&paths);
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, "no *.dagmem in this folder; name a profile");
	*path = found;
	return 0;
}
