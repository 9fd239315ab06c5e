#include "cli/profile_graphs.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "cli/file_move.h"

#define MARK ".heap."

/* Numbers of the graphs, as they stand in the names: "0", "12". */
struct numbers {
	const char *items[256];         /* one a leak check; more are left where they are */
	size_t count;
};

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static struct numbers find(const char *path, struct arena *arena)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *folder = slash ? arena_strndup(arena, path, (size_t)(name - path)) : ".";
	size_t length = strlen(name), mark = strlen(MARK), room = sizeof ((struct numbers *)0)->items / sizeof(char *);
	DIR *directory = folder ? opendir(folder) : NULL;
	struct numbers numbers = { .count = 0 };

	for (struct dirent *entry; directory && numbers.count < room && (entry = readdir(directory));) {
		const char *end = entry->d_name + length;

		if (strncmp(entry->d_name, name, length) != 0 || strncmp(end, MARK, mark) != 0 ||
		    !is_number(end + mark))
			continue;
		numbers.items[numbers.count] = arena_strdup(arena, end + mark);
		numbers.count += numbers.items[numbers.count] != NULL;
	}
	if (directory)
		closedir(directory);
	return numbers;
}

static const char *name_of(const char *path, const char *number, struct arena *arena)
{
	return arena_printf(arena, "%s" MARK "%s", path, number);
}

void profile_graphs_move(const char *from, const char *to, struct arena *arena)
{
	struct numbers numbers = find(from, arena);
	struct error ignored;

	for (size_t i = 0; i < numbers.count; i++) {
		const char *old = name_of(from, numbers.items[i], arena);
		const char *new = name_of(to, numbers.items[i], arena);

		if (old && new)
			file_move(old, new, &ignored);
	}
}

/* Through a third name: either may be missing. */
void profile_graphs_exchange(const char *one, const char *other, struct arena *arena)
{
	const char *between = arena_printf(arena, "%s.moving", one);

	if (!between)
		return;
	profile_graphs_move(one, between, arena);
	profile_graphs_move(other, one, arena);
	profile_graphs_move(between, other, arena);
}

void profile_graphs_remove(const char *path, struct arena *arena)
{
	struct numbers numbers = find(path, arena);

	for (size_t i = 0; i < numbers.count; i++) {
		const char *name = name_of(path, numbers.items[i], arena);

		if (name)
			unlink(name);
	}
}
