#include "cli/profile_search.h"

#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"
#include "profile/layout.h"

/* The pattern as glob(3) takes it: %p is known or anything, so are %h and %e. */
static char *as_glob(struct arena *arena, const char *pattern, pid_t pid)
{
	struct text glob_text;

	text_init(&glob_text);
	for (const char *c = pattern; *c; c++) {
		if (c[0] == '%' && c[1] == '%')
			text_add_char(&glob_text, *++c);
		else if (c[0] == '%' && c[1] == 'p' && pid && c++)
			text_printf(&glob_text, "%d", (int)pid);
		else if (c[0] == '%' && c[1] && c++)
			text_add_char(&glob_text, '*');
		else if (strchr("*?[\\", *c))
			text_printf(&glob_text, "\\%c", *c);
		else
			text_add_char(&glob_text, *c);
	}
	char *copy = text_failed(&glob_text) ? NULL : arena_strdup(arena, glob_text.data);

	text_release(&glob_text);
	return copy;
}

/* True when `path` is a ready profile of the search; fills all of `found` but `elsewhere`. */
static bool matches(const struct profile_search *search, const char *path,
		    struct found_profile *found)
{
	struct profile_header header;
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return false;
	bool read_all = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		status.st_uid == geteuid() &&
		pread(fd, &header, sizeof header, HEADER_PAGE * PAGE_BYTES) == sizeof header;

	close(fd);
	if (!read_all || header.ready != 1 || header.byte_order != PROFILE_BYTE_ORDER ||
	    header.run_id != search->run_id || (search->pid && header.pid != (uint32_t)search->pid))
		return false;
	*found = (struct found_profile){
		.path = path,
		.pid = header.pid,
		.parent_pid = header.parent_pid,
		.start_monotonic_ns = header.start_monotonic_ns,
		.executed = header.state == STATE_EXECUTED,
	};
	return true;
}

struct list {
	struct found_profile *items;
	size_t count, capacity;
};

static void list_add(struct list *list, struct arena *arena, struct found_profile item)
{
	item.path = arena_strdup(arena, item.path);
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 8;
		struct found_profile *items = arena_alloc_array(arena, capacity, sizeof *items);

		if (!items)
			return;
		if (list->count)
			memcpy(items, list->items, list->count * sizeof *items);
		list->items = items;
		list->capacity = capacity;
	}
	if (item.path)
		list->items[list->count++] = item;
}

static void search_glob(const struct profile_search *search, struct arena *arena,
			const char *glob_pattern, bool elsewhere, struct list *list)
{
	glob_t paths = { 0 };
	struct found_profile found;

	if (!glob_pattern || glob(glob_pattern, GLOB_NOSORT, NULL, &paths) != 0)
		return;
	for (size_t i = 0; i < paths.gl_pathc; i++)
		if (matches(search, paths.gl_pathv[i], &found)) {
			found.elsewhere = elsewhere;
			list_add(list, arena, found);
		}
	globfree(&paths);
}

/* The name itself, and its numbered siblings for when it was taken: x.dagmem, x.2.dagmem. */
static void search_pattern(const struct profile_search *search, struct arena *arena,
			   const char *pattern, bool elsewhere, struct list *list)
{
	char *name = pattern ? as_glob(arena, pattern, search->pid) : NULL;

	if (!name)
		return;
	const char *slash = strrchr(name, '/');
	const char *dot = strrchr(slash ? slash : name, '.');
	int stem = (int)(dot ? (size_t)(dot - name) : strlen(name));

	search_glob(search, arena, name, elsewhere, list);
	search_glob(search, arena, arena_printf(arena, "%.*s.[0-9]*%s", stem, name, name + stem),
		    elsewhere, list);
}

static bool seen_before(const char *const *folders, size_t index, const char *own_folder)
{
	if (strcmp(folders[index], own_folder) == 0)
		return true;
	for (size_t i = 0; i < index; i++)
		if (folders[i] && strcmp(folders[i], folders[index]) == 0)
			return true;
	return false;
}

/* Where the tracer goes when the wanted folder can't hold a profile. */
static void search_elsewhere(const struct profile_search *search, struct arena *arena,
			     struct list *list)
{
	const char *folders[] = { getenv("TMPDIR"), "/tmp", "/dev/shm" };
	const char *slash = strrchr(search->pattern, '/');
	const char *own_folder = arena_strndup(arena, search->pattern,
					       (size_t)(slash - search->pattern));

	for (size_t i = 0; own_folder && i < sizeof folders / sizeof *folders; i++)
		if (folders[i] && *folders[i] == '/' && !seen_before(folders, i, own_folder))
			search_pattern(search, arena, arena_printf(arena, "%s%s", folders[i], slash),
				       true, list);
}

/* The clock is coarse: an exec may not be later by it. */
static int by_start(const void *a, const void *b)
{
	const struct found_profile *first = a, *second = b;

	if (first->start_monotonic_ns == second->start_monotonic_ns)
		return second->executed - first->executed;
	return (first->start_monotonic_ns > second->start_monotonic_ns) -
	       (first->start_monotonic_ns < second->start_monotonic_ns);
}

static int by_path(const void *a, const void *b)
{
	const struct found_profile *first = a, *second = b;

	return strcmp(first->path, second->path);
}

/* %e.%p matches what is numbered as well. */
static void leave_out_twins(struct list *list)
{
	size_t kept = 0;

	if (list->count)
		qsort(list->items, list->count, sizeof *list->items, by_path);
	for (size_t i = 0; i < list->count; i++)
		if (!i || by_path(&list->items[i], &list->items[kept - 1]) != 0)
			list->items[kept++] = list->items[i];
	list->count = kept;
}

size_t profile_search(const struct profile_search *search, struct arena *arena,
		      struct found_profile **found)
{
	struct list list = { 0 };

	search_pattern(search, arena, search->pattern, false, &list);
	search_elsewhere(search, arena, &list);
	leave_out_twins(&list);
	if (list.count)
		qsort(list.items, list.count, sizeof *list.items, by_start);
	*found = list.items;
	return list.count;
}
