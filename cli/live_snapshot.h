/*
 * live_snapshot: the snapshot key of `dagmem live`.
 *
 * The tracer is asked first; of a program that idles and so does not hear the
 * snapshot is taken from outside.  Both are copies of counters that go on
 * counting: they are as exact as each other.
 */
#ifndef DAGMEM_CLI_LIVE_SNAPSHOT_H
#define DAGMEM_CLI_LIVE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/tracer_request.h"

struct live_snapshot {
	struct tracer_request request;
	char label[64];
	const char *profile;
	uint64_t deadline_ns;
	bool pending;
};

#define LIVE_SNAPSHOT_INIT { .request = TRACER_REQUEST_INIT }

/* Ask for one of the program whose profile is `profile`, named after `age_ns`. */
void live_snapshot_begin(struct live_snapshot *snapshot, const char *profile, uint64_t age_ns,
			 char *message, size_t size);

/* Look how it went; tells the user in `message` when it is over. */
void live_snapshot_tick(struct live_snapshot *snapshot, char *message, size_t size);

/* Wait no longer. */
void live_snapshot_release(struct live_snapshot *snapshot);

#endif
