#include "analyzer/heap_graph_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the heap graph");
}

/* --- Which file ------------------------------------------------------------------------ */

static bool is_wanted(const char *path, const struct heap_graph_key *key)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct heap_graph_head head;
	bool wanted = fd >= 0 && read(fd, &head, sizeof head) == sizeof head && heap_graph_is_of(&head, key);

	if (fd >= 0)
		close(fd);
	return wanted;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length > end && strcmp(name + length - end, suffix) == 0;
}

/* Any file of the profile's folder that is of this check, whatever it is called; NULL. */
static const char *look_around(const char *profile_path, const struct heap_graph_key *key, struct arena *arena)
{
	const char *slash = strrchr(profile_path, '/'), *found = NULL;
	const char *folder = slash ? arena_strndup(arena, profile_path, (size_t)(slash + 1 - profile_path))
				   : "./";
	const char *suffix = arena_printf(arena, ".heap.%u", key->check);
	DIR *directory = folder && suffix ? opendir(folder) : NULL;

	for (struct dirent *entry; directory && !found && (entry = readdir(directory));) {
		const char *path = has_suffix(entry->d_name, suffix) ?
			arena_printf(arena, "%s%s", folder, entry->d_name) : NULL;

		if (path && is_wanted(path, key))
			found = path;
	}
	if (directory)
		closedir(directory);
	return found;
}

static int not_found(const char *path, const struct heap_graph_key *key, struct error *err)
{
	if (key->was_written)
		return error_set(err, ERROR_NOT_FOUND, "%s is missing: the heap graph has to be moved along with"
				 " the profile", path);
	return error_set(err, ERROR_NOT_FOUND, "there is no heap graph %s: 'dagmem run --leak-check"
			 " --heap-graph' leaves one", path);
}

/* --- Reading --------------------------------------------------------------------------- */

static int read_all(int fd, char *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t count = read(fd, bytes + done, size - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count < 0 ? errno : ENODATA;
		done += (size_t)count;
	}
	return 0;
}

static int read_file(struct heap_graph *graph, const char *path, const struct heap_graph_key *key,
		     struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), failed;
	struct stat status;
	void *bytes;

	if (fd < 0)
		return errno == ENOENT ? not_found(path, key, err) : error_system(err, errno, "%s", path);
	if (fstat(fd, &status) || !S_ISREG(status.st_mode)) {
		close(fd);
		return error_set(err, ERROR_FORMAT, "%s is no file", path);
	}
	bytes = malloc((size_t)status.st_size + 1);
	failed = bytes ? read_all(fd, bytes, (size_t)status.st_size) : ENOMEM;
	close(fd);
	if (failed) {
		free(bytes);
		return error_system(err, failed, "%s", path);
	}
	return heap_graph_take(graph, bytes, (size_t)status.st_size, key, path, err);
}

int heap_graph_file_read(struct heap_graph *graph, const char *profile_path,
			 const struct heap_graph_key *key, struct error *err)
{
	struct arena arena = ARENA_INIT;
	const char *path = arena_printf(&arena, "%s.heap.%u", profile_path, key->check), *other;
	int code;

	*graph = (struct heap_graph)HEAP_GRAPH_INIT;
	if (path && !is_wanted(path, key) && (other = look_around(profile_path, key, &arena)))
		path = other;
	code = path ? read_file(graph, path, key, err) : no_memory(err);
	arena_release(&arena);
	return code;
}
