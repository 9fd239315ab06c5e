#include "cli/profile_of_pid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "profile/layout.h"

/* 0: not a profile. */
static uint32_t pid_in_profile(const char *path)
{
	struct { char magic[8]; } start;
	struct profile_header header = { .ready = 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return 0;
	bool sound = pread(fd, &start, sizeof start, 0) == sizeof start &&
		     memcmp(start.magic, PROFILE_MAGIC, sizeof start.magic) == 0 &&
		     pread(fd, &header, sizeof header, HEADER_PAGE * PAGE_BYTES) > 0 &&
		     header.ready == 1;

	close(fd);
	return sound ? header.pid : 0;
}

/* The file's path in a line of maps; NULL: no file.  Cuts the newline. */
static char *path_of_line(char *line)
{
	char *path = strchr(line, '/');

	if (path)
		path[strcspn(path, "\n")] = '\0';
	return path;
}

/* A profile of the process itself wins over one that it only looks at. */
static void search(FILE *maps, pid_t pid, char *found, size_t size)
{
	char line[8192], last[4096] = "";

	while (fgets(line, sizeof line, maps)) {
		const char *path = path_of_line(line);
		uint32_t owner;

		if (!path || strlen(path) >= size || strcmp(path, last) == 0)
			continue;
		memcpy(last, path, strlen(path) + 1);
		owner = pid_in_profile(path);
		if (!owner)
			continue;
		memcpy(found, path, strlen(path) + 1);
		if (owner == (uint32_t)pid)
			return;
	}
}

int profile_of_pid(pid_t pid, struct arena *arena, const char **path, struct error *err)
{
	char name[64], found[4096] = "";

	snprintf(name, sizeof name, "/proc/%d/maps", (int)pid);
	FILE *maps = fopen(name, "re");

	if (!maps)
		return errno == ENOENT ? error_set(err, ERROR_NOT_FOUND, "there is no process %d", (int)pid)
				       : error_system(err, errno, "process %d", (int)pid);
	search(maps, pid, found, sizeof found);
	fclose(maps);
	if (!*found)
		return error_set(err, ERROR_NOT_FOUND,
				 "process %d does not run under dagmem: it has no profile mapped", (int)pid);
	*path = arena_strdup(arena, found);
	return *path ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for a path");
}
