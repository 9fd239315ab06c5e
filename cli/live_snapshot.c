#include "cli/live_snapshot.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/snapshotter.h"

enum { PATIENCE_NS = 500 * 1000 * 1000 };

void live_snapshot_begin(struct live_snapshot *snapshot, const char *profile, uint64_t age_ns,
			 char *message, size_t size)
{
	struct error err = ERROR_INIT;

	if (snapshot->pending)
		return;
	snapshot->profile = profile;
	snprintf(snapshot->label, sizeof snapshot->label, "live-%.3fs", (double)age_ns / 1e9);
	if (tracer_request_begin(&snapshot->request, profile, REQUEST_SNAPSHOT, snapshot->label, &err)) {
		snprintf(message, size, "no snapshot: %s", err.message);
		return;
	}
	snapshot->pending = true;
	snapshot->deadline_ns = clock_monotonic_ns() + PATIENCE_NS;
	snprintf(message, size, "asking for a snapshot ...");
}

static void tell(const struct live_snapshot *snapshot, bool taken, char *message, size_t size)
{
	if (taken)
		snprintf(message, size, "snapshot %s taken: dagmem top --at %s", snapshot->label,
			 snapshot->label);
	else
		snprintf(message, size, "no snapshot: there was no room for it in the profile");
}

static bool take_from_outside(const struct live_snapshot *snapshot)
{
	int fd = open(snapshot->profile, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool taken = fd >= 0 && snapshotter_take_named(fd, snapshot->label, clock_monotonic_ns());

	if (fd >= 0)
		close(fd);
	return taken;
}

void live_snapshot_tick(struct live_snapshot *snapshot, char *message, size_t size)
{
	uint32_t answer;

	if (!snapshot->pending)
		return;
	if (tracer_request_answered(&snapshot->request, &answer)) {
		tell(snapshot, answer == REQUEST_DONE, message, size);
		live_snapshot_release(snapshot);
	} else if (clock_monotonic_ns() >= snapshot->deadline_ns) {
		tracer_request_withdraw(&snapshot->request);
		tell(snapshot, take_from_outside(snapshot), message, size);
		live_snapshot_release(snapshot);
	}
}

void live_snapshot_release(struct live_snapshot *snapshot)
{
	tracer_request_release(&snapshot->request);
	snapshot->pending = false;
}
