#include "cli/page_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/profile_file.h"

#define PROFILE_SUFFIX ".dagmem"

static const char *name_of(struct arena *arena, const char *profile)
{
	const char *slash = strrchr(profile, '/');
	const char *name = slash ? slash + 1 : profile;
	size_t length = strlen(name), suffix = strlen(PROFILE_SUFFIX);

	if (length > suffix && strcmp(name + length - suffix, PROFILE_SUFFIX) == 0)
		length -= suffix;
	return arena_strndup(arena, name, length);
}

const char *page_file_name(struct arena *arena, char *const *profiles, size_t count)
{
	const char *first = name_of(arena, profiles[0]);
	const char *second = count > 1 ? name_of(arena, profiles[1]) : "";

	if (!first || !second)
		return NULL;
	return arena_printf(arena, "%s%s%s.html", first, count > 1 ? "-" : "", second);
}

static int open_stream(struct page_file *file, struct error *err)
{
	int fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	file->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (file->stream)
		return 0;
	error_system(err, errno, "%s", file->path);
	if (fd >= 0) {
		close(fd);
		unlink(file->temporary);
	}
	return err->code;
}

int page_file_open(struct page_file *file, struct arena *arena, const char *path, bool force,
		   struct error *err)
{
	*file = (struct page_file){ .stream = stdout, .force = force };
	if (strcmp(path, "-") == 0)
		return 0;
	if (profile_file_is(path))
		return error_set(err, ERROR_USAGE, "%s is a profile: not overwritten by a page", path);
	if (!force && access(path, F_OK) == 0)
		return error_set(err, ERROR_USAGE, "%s is there already: -f overwrites it, -o takes "
				 "another name", path);
	file->path = path;
	file->temporary = arena_printf(arena, "%s.%ld.part", path, (long)getpid());
	if (!file->temporary)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a file name");
	return open_stream(file, err);
}

/*
 * link() refuses where rename() would overwrite what came there meanwhile;
 * file systems without links have only rename().
 */
static int put_in_place(const struct page_file *file)
{
	if (!file->force && link(file->temporary, file->path) == 0)
		return 0;
	if (!file->force && errno == EEXIST)
		return EEXIST;
	return rename(file->temporary, file->path) == 0 ? 0 : errno;
}

int page_file_close(struct page_file *file, bool keep, struct error *err)
{
	int failed = fflush(file->stream) != 0 || ferror(file->stream) ? errno : 0;

	if (!file->path)
		return failed ? error_system(err, failed, "standard output") : 0;
	if (fclose(file->stream) != 0 && !failed)
		failed = errno;
	if (!failed && keep)
		failed = put_in_place(file);
	(void)unlink(file->temporary);
	return failed ? error_system(err, failed, "%s", file->path) : 0;
}
