#include "analyzer/siblings.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/reader.h"
#include "base/error.h"

enum { SIBLINGS_MAX = 4096 };

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

/* Stores and reports lie there too: what is no profile is passed over. */
static void add_if_sibling(const char *path, uint64_t run_id, struct arena *arena,
			   struct sibling *siblings, size_t *count)
{
	struct error ignored = ERROR_INIT;
	struct profile_data data;

	if (!reader_read_head(path, arena, &data, &ignored) && data.header.run_id == run_id)
		siblings[(*count)++] = sibling_of(path, &data);
}

int siblings_find(const char *profile_path, uint64_t run_id, struct arena *arena,
		  struct sibling **siblings, size_t *count, struct error *err)
{
	const char *slash = strrchr(profile_path, '/');
	const char *own = slash ? slash + 1 : profile_path;
	const char *folder = slash ? arena_strndup(arena, profile_path,
						   (size_t)(own - profile_path)) : "./";
	DIR *directory = folder && run_id ? opendir(folder) : NULL;

	*count = 0;
	*siblings = arena_alloc_array(arena, SIBLINGS_MAX, sizeof **siblings);
	for (struct dirent *entry; *siblings && directory && (entry = readdir(directory));) {
		const char *path = arena_printf(arena, "%s%s", folder, entry->d_name);

		if (*count == SIBLINGS_MAX)
			break;
		if (path && strcmp(entry->d_name, own) != 0)
			add_if_sibling(path, run_id, arena, *siblings, count);
	}
	if (directory)
		closedir(directory);
	if (!*siblings || !folder)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the process tree");
	qsort(*siblings, *count, sizeof **siblings, compare_start);
	return 0;
}
