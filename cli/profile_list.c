#include "cli/profile_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/reader.h"
#include "analyzer/siblings.h"
#include "base/arena.h"
#include "base/error.h"

#define SUFFIX ".dagmem"

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the names of profiles");
}

static int add(struct profile_list *list, struct profile_spec spec, struct error *err)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 8;
		struct profile_spec *items = arena_alloc_array(list->arena, capacity, sizeof *items);

		if (!items)
			return no_memory(err);
		if (list->count)
			memcpy(items, list->items, list->count * sizeof *items);
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count++] = spec;
	return 0;
}

/* Not what became another program by exec: state is none where the file is no profile. */
static bool has_ended_here(const char *path, struct arena *arena)
{
	struct error ignored = ERROR_INIT;
	struct profile_data data = { .state = "" };

	return reader_read_head(path, arena, &data, &ignored) || strcmp(data.state, "executed") != 0;
}

static int is_profile(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > strlen(SUFFIX) && strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static int add_folder(struct profile_list *list, const char *folder, struct error *err)
{
	struct dirent **entries;
	int found = scandir(folder, &entries, is_profile, alphasort), code = 0;

	if (found < 0)
		return error_system(err, errno, "%s", folder);
	for (int i = 0; i < found; i++) {
		char *path = arena_printf(list->arena, "%s/%s", folder, entries[i]->d_name);

		if (code == 0 && !path)
			code = no_memory(err);
		if (code == 0 && has_ended_here(path, list->arena))
			code = add(list, (struct profile_spec){ .path = path }, err);
		free(entries[i]);
	}
	free(entries);
	return code == 0 && !found ? error_set(err, ERROR_NOT_FOUND, "no *" SUFFIX " in %s", folder) : code;
}

static int add_run(struct profile_list *list, const char *path, struct error *err)
{
	struct profile_data data = { .state = NULL };
	struct sibling *siblings;
	size_t count;
	int code = reader_read_head(path, list->arena, &data, err);

	if (code == 0)
		code = siblings_find(path, data.header.run_id, list->arena, &siblings, &count, err);
	for (size_t i = 0; code == 0 && i < count; i++)
		if (strcmp(siblings[i].process.state, "executed") != 0)
			code = add(list, (struct profile_spec){ .path = siblings[i].process.profile_path }, err);
	return code;
}

int profile_list_add(struct profile_list *list, const char *name, bool whole_run, struct error *err)
{
	struct profile_spec spec;
	struct stat status;
	int code;

	if (stat(name, &status) == 0 && S_ISDIR(status.st_mode))
		return add_folder(list, name, err);
	code = profile_spec_split(&spec, name, list->arena, err);
	if (code == 0)
		code = add(list, spec, err);
	return code == 0 && whole_run ? add_run(list, spec.path, err) : code;
}
