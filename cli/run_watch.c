#include "cli/run_watch.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/profile_search.h"
#include "cli/profile_clock.h"
#include "cli/rss_recorder.h"
#include "cli/snapshotter.h"
#include "profile/layout.h"

/* A profile appears within milliseconds or, for a program we can't trace, never. */
enum { SEARCH_FIRST_NS = 10 * 1000 * 1000, SEARCH_LAST_NS = 1000 * 1000 * 1000 };

void run_watch_init(struct run_watch *watch, const struct tracer_setup *setup,
		    struct snapshot_pace pace)
{
	*watch = (struct run_watch){
		.setup = setup,
		.pace = pace,
		.fd = -1,
		.search_step_ns = SEARCH_FIRST_NS,
	};
}

/* Let go of the profile, but for its name. */
static void let_go(struct run_watch *watch)
{
	snapshotter_close(watch->snapshotter);
	watch->snapshotter = NULL;
	profile_clock_close(watch->clock);
	watch->clock = NULL;
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}

/* Change over to `found`: the first profile, or that of what the program has executed. */
static void adopt(struct run_watch *watch, const struct found_profile *found, uint64_t now_ns)
{
	int fd = open(found->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	rss_recorder_detach(watch->recorder);
	let_go(watch);
	watch->fd = fd;
	watch->path = arena_strdup(&watch->arena, found->path);
	watch->elsewhere = found->elsewhere;
	rss_recorder_attach(watch->recorder, fd);
	watch->clock = profile_clock_open(fd);
	if (!watch->pace.never)
		watch->snapshotter = snapshotter_open(fd, watch->pace.every_ns, now_ns);
}

/* Of those that were found, the newest of the program's own. */
static void adopt_newest(struct run_watch *watch, pid_t pid, const struct found_profile *found,
			 size_t count, uint64_t now_ns)
{
	while (count && found[count - 1].pid != (uint32_t)pid)
		count--;
	if (count && (!watch->path || strcmp(watch->path, found[count - 1].path) != 0))
		adopt(watch, &found[count - 1], now_ns);
}

static void look_for_profile(struct run_watch *watch, pid_t pid, uint64_t now_ns)
{
	struct profile_search search = { watch->setup->output, watch->setup->run_id, pid };
	struct arena arena = ARENA_INIT;
	struct found_profile *found;
	size_t count = profile_search(&search, &arena, &found);

	adopt_newest(watch, pid, found, count, now_ns);
	arena_release(&arena);
}

/* An exec starts another profile. */
static bool has_executed(const struct run_watch *watch)
{
	uint32_t state;
	off_t offset = HEADER_PAGE * PAGE_BYTES + offsetof(struct profile_header, state);

	return pread(watch->fd, &state, sizeof state, offset) == sizeof state &&
	       state == STATE_EXECUTED;
}

static bool search_is_due(struct run_watch *watch, uint64_t now_ns)
{
	if (!watch->next_search_ns)     /* the program has only just been started */
		watch->next_search_ns = now_ns + SEARCH_FIRST_NS;
	return now_ns >= watch->next_search_ns && (!watch->path || has_executed(watch));
}

/* What the program goes on as by exec may not be traceable: keep its name. */
static void note_executable(struct run_watch *watch, pid_t pid)
{
	char link[64], path[4096];

	snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
	ssize_t length = readlink(link, path, sizeof path - 1);

	if (length <= 0)
		return;
	path[length] = '\0';
	if (!watch->executable || strcmp(watch->executable, path) != 0)
		watch->executable = arena_strdup(&watch->arena, path);
}

uint64_t run_watch_tick(void *context, pid_t pid, uint64_t now_ns)
{
	struct run_watch *watch = context;

	if (!watch->recorder)
		watch->recorder = rss_recorder_open(pid);
	if (search_is_due(watch, now_ns)) {
		look_for_profile(watch, pid, now_ns);
		watch->next_search_ns = now_ns + watch->search_step_ns;
		if (watch->search_step_ns < SEARCH_LAST_NS)
			watch->search_step_ns *= 2;
	}
	if (watch->path && has_executed(watch))
		note_executable(watch, pid);
	profile_clock_renew(watch->clock, now_ns);
	uint64_t next_sample_ns = rss_recorder_sample(watch->recorder, now_ns);
	uint64_t next_snapshot_ns = snapshotter_tick(watch->snapshotter, now_ns);

	return next_sample_ns < next_snapshot_ns ? next_sample_ns : next_snapshot_ns;
}

void run_watch_finish(struct run_watch *watch, pid_t pid, const struct found_profile *found,
		      size_t count)
{
	adopt_newest(watch, pid, found, count, 0);
	snapshotter_close(watch->snapshotter);
	watch->snapshotter = NULL;
	profile_clock_close(watch->clock);      /* what is mapped cannot be moved home */
	watch->clock = NULL;
	rss_recorder_close(watch->recorder);
	watch->recorder = NULL;
}

void run_watch_release(struct run_watch *watch)
{
	rss_recorder_close(watch->recorder);
	let_go(watch);
	arena_release(&watch->arena);
}
