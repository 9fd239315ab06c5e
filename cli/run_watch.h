/*
 * run_watch: what `dagmem run` does while the program runs: finds the profile
 * that the tracer has begun, keeps the program's resident memory in it and takes
 * snapshots.
 */
#ifndef DAGMEM_CLI_RUN_WATCH_H
#define DAGMEM_CLI_RUN_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "cli/tracer_setup.h"

struct found_profile;
struct rss_recorder;
struct snapshotter;

/* How often to take snapshots. */
struct snapshot_pace {
	bool never;
	uint64_t every_ns;              /* 0 = spread over the run */
};

struct run_watch {
	const struct tracer_setup *setup;
	struct snapshot_pace pace;
	struct arena arena;             /* `path` is in it */
	const char *path;               /* of the program's profile; NULL: none yet */
	bool elsewhere;                 /* not in the folder that was asked for */
	const char *executable;         /* what the program's process was last seen to run */
	int fd;                         /* of the profile, for writing; -1 */
	struct profile_clock *clock;
	struct rss_recorder *recorder;
	struct snapshotter *snapshotter;
	uint64_t search_step_ns, next_search_ns;
};

void run_watch_init(struct run_watch *watch, const struct tracer_setup *setup,
		    struct snapshot_pace pace);

/* A launch_tick; `context` is a run_watch. */
uint64_t run_watch_tick(void *context, pid_t pid, uint64_t now_ns);

/*
 * The program `pid` has ended, and these profiles of the run were found: write
 * what is pending to its own.  `path` and `fd` stay until the release.
 */
void run_watch_finish(struct run_watch *watch, pid_t pid, const struct found_profile *found,
		      size_t count);

void run_watch_release(struct run_watch *watch);

#endif
