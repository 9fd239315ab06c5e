#include "analyzer/source.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_BYTES_MAX = 64 << 20,      /* larger files are not looked into */
	LINE_BYTES_MAX = 1000,          /* longer lines are cut */
};

/* A regular file of sensible size; not what hangs or never ends. */
static FILE *open_source(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	FILE *file = NULL;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &status) && S_ISREG(status.st_mode) && status.st_size <= FILE_BYTES_MAX)
		file = fdopen(fd, "r");
	if (!file)
		close(fd);
	return file;
}

/* FOLDER/b/c.c, then FOLDER/c.c, for a/b/c.c. */
static FILE *open_beside(const char *file, const char *profile_path, struct arena *arena)
{
	const char *slash = strrchr(profile_path, '/');
	int folder = slash ? (int)(slash - profile_path) : 0;
	FILE *found = NULL;

	for (const char *end = file[0] == '/' ? file + 1 : file; end && !found;) {
		const char *path = arena_printf(arena, "%.*s/%s", folder, profile_path, end);

		if (path && !strstr(end, "../"))
			found = open_source(path);
		end = strchr(end, '/');
		end = end ? end + 1 : NULL;
	}
	return found;
}

static const char *trimmed(const char *text, size_t length, struct arena *arena)
{
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	while (length && isspace((unsigned char)text[0])) {
		text++;
		length--;
	}
	if (!length || memchr(text, '\0', length))
		return NULL;
	return arena_strndup(arena, text, length < LINE_BYTES_MAX ? length : LINE_BYTES_MAX);
}

static const char *read_line(FILE *source, uint32_t line, struct arena *arena)
{
	const char *found = NULL;
	char *text = NULL;
	size_t room = 0;
	ssize_t length;

	for (uint32_t i = 1; (length = getline(&text, &room, source)) >= 0; i++) {
		if (i < line)
			continue;
		found = trimmed(text, (size_t)length, arena);
		break;
	}
	free(text);
	return found;
}

const char *source_line(const char *file, uint32_t line, const char *profile_path,
			struct arena *arena)
{
	FILE *source = file && line ? open_source(file) : NULL;
	const char *text = NULL;

	if (!source && file && line && profile_path)
		source = open_beside(file, profile_path, arena);
	if (source) {
		text = read_line(source, line, arena);
		(void)fclose(source);
	}
	return text;
}
