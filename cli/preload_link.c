#include "cli/preload_link.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"

static bool can_be_preloaded(const char *path)
{
	return !strpbrk(path, ": \t\n");
}

/* The user's temporary folder, if that can be preloaded from. */
static const char *temporary_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder == '/' && can_be_preloaded(folder) ? folder : "/tmp";
}

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "out of memory");
}

static int make_folder(struct preload_link *link, struct arena *arena, const char *target,
		       struct error *err)
{
	char *folder = arena_printf(arena, "%s/dagmem-XXXXXX", temporary_folder());

	link->link = folder ? arena_printf(arena, "%s/lib", folder) : NULL;
	if (!link->link)
		return no_memory(err);
	if (!mkdtemp(folder))
		return error_system(err, errno, "%s, for another name of %s", folder, target);
	link->folder = folder;
	memcpy(link->link, folder, strlen(folder));
	if (symlink(target, link->link) == 0)
		return 0;
	return error_system(err, errno, "%s", link->link);
}

int preload_link_make(struct preload_link *link, struct arena *arena, const char **library,
		      struct error *err)
{
	*link = (struct preload_link){ .folder = NULL };
	if (can_be_preloaded(*library))
		return 0;
	const char *name = strrchr(*library, '/') + 1;
	const char *target = arena_strndup(arena, *library, (size_t)(name - *library));
	int code = target ? make_folder(link, arena, target, err) : no_memory(err);
	const char *path = code ? NULL : arena_printf(arena, "%s/%s", link->link, name);

	if (!code && !path)
		code = no_memory(err);
	if (path && !code && !can_be_preloaded(path))
		code = error_set(err, ERROR_USAGE, "%s: LD_PRELOAD cannot hold a name with spaces or"
				 " colons", *library);
	if (code)
		preload_link_remove(link);
	else
		*library = path;
	return code;
}

void preload_link_remove(struct preload_link *link)
{
	if (!link->folder || !link->link)
		return;
	(void)unlink(link->link);
	(void)rmdir(link->folder);
	*link = (struct preload_link){ .folder = NULL };
}
