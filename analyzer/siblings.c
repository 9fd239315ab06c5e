#include "analyzer/siblings.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/reader.h"
#include "base/error.h"

enum { SIBLINGS_FIRST = 64, SIBLINGS_MAX = 1 << 17 };

struct found {
	struct sibling *items;
	size_t count, capacity;
};

static uint64_t duration_of(const struct profile_header *header)
{
	if (header->end_monotonic_ns < header->start_monotonic_ns)
		return 0;
	return header->end_monotonic_ns - header->start_monotonic_ns;
}

static struct sibling sibling_of(const char *path, const struct profile_data *data)
{
	const struct profile_header *header = &data->header;
	static const char *const nothing[] = { NULL };

	return (struct sibling){
		.process = {
			.command = data->command.items ? data->command.items : nothing,
			.executable = data->executable,
			.directory = data->directory,
			.profile_path = path,
			.pid = header->pid,
			.parent_pid = header->parent_pid,
			.state = data->state,
			.exit_status = header->exit_status,
			.signal = (int)header->signal,
			.out_of_memory = header->out_of_memory,
			.start_realtime_ns = header->start_realtime_ns,
			.duration_ns = duration_of(header),
		},
		.node = data->process_node,
		.peak_bytes = header->peak_bytes,
	};
}

static int compare_start(const void *a, const void *b)
{
	const struct sibling *x = a, *y = b;

	if (x->process.start_realtime_ns != y->process.start_realtime_ns)
		return x->process.start_realtime_ns < y->process.start_realtime_ns ? -1 : 1;
	return x->process.pid < y->process.pid ? -1 : x->process.pid > y->process.pid;
}

static bool has_room(struct found *found, struct arena *arena)
{
	size_t capacity = found->capacity ? 2 * found->capacity : SIBLINGS_FIRST;
	struct sibling *larger;

	if (found->count < found->capacity)
		return true;
	larger = arena_alloc_array(arena, capacity, sizeof *larger);
	if (!larger)
		return false;
	if (found->count)
		memcpy(larger, found->items, found->count * sizeof *larger);
	found->items = larger;
	found->capacity = capacity;
	return true;
}

/* Stores and reports lie there too: what is no profile is passed over.  False: no memory. */
static bool add_if_sibling(const char *path, uint64_t run_id, struct arena *arena, struct found *found)
{
	struct error ignored = ERROR_INIT;
	struct profile_data data;

	if (reader_read_head(path, arena, &data, &ignored) || data.header.run_id != run_id)
		return true;
	if (!has_room(found, arena))
		return false;
	found->items[found->count++] = sibling_of(path, &data);
	return true;
}

int siblings_find(const char *profile_path, uint64_t run_id, struct arena *arena,
		  struct sibling **siblings, size_t *count, struct error *err)
{
	const char *slash = strrchr(profile_path, '/');
	const char *own = slash ? slash + 1 : profile_path;
	const char *folder = slash ? arena_strndup(arena, profile_path,
						   (size_t)(own - profile_path)) : "./";
	DIR *directory = folder && run_id ? opendir(folder) : NULL;
	struct found found = { 0 };
	bool done = folder && has_room(&found, arena);

	for (struct dirent *entry; done && directory && (entry = readdir(directory));) {
		const char *path = arena_printf(arena, "%s%s", folder, entry->d_name);

		if (found.count < SIBLINGS_MAX && path && strcmp(entry->d_name, own) != 0)
			done = add_if_sibling(path, run_id, arena, &found);
	}
	if (directory)
		closedir(directory);
	if (!done)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the process tree");
	qsort(found.items, found.count, sizeof *found.items, compare_start);
	*siblings = found.items;
	*count = found.count;
	return 0;
}
