#include "cli/run_summary.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/launch.h"
#include "cli/message.h"
#include "cli/run_watch.h"
#include "profile/layout.h"

struct totals {
	uint64_t allocations;
	int64_t live_bytes, live_blocks;
};

/* Add one extent's shards up; false at the end of the file. */
static bool add_extent(int fd, uint32_t extent, struct totals *totals)
{
	struct page_entry directory[PAGES_PER_EXTENT];
	off_t start = (off_t)extent * EXTENT_BYTES;
	struct shard_page shard;

	if (pread(fd, directory, sizeof directory, start) != sizeof directory)
		return false;
	for (uint32_t page = 1; page < PAGES_PER_EXTENT; page++) {
		if (directory[page].kind != PAGE_SHARD)
			continue;
		if (pread(fd, &shard, sizeof shard, start + (off_t)page * PAGE_BYTES) != sizeof shard)
			return false;
		totals->allocations += shard.allocations;
		totals->live_bytes += shard.net_bytes;
		totals->live_blocks += shard.net_blocks;
	}
	return true;
}

static void print_end(const struct launch_outcome *outcome, bool out_of_memory)
{
	if (out_of_memory)
		message("the kernel killed the program for want of memory");
	else if (WIFSIGNALED(outcome->wait_status))
		message("the program was killed by signal %d (%s)", WTERMSIG(outcome->wait_status),
			strsignal(WTERMSIG(outcome->wait_status)));
}

static void print_totals(int fd, const struct profile_header *header)
{
	struct totals totals = { 0 };

	for (uint32_t extent = 0; add_extent(fd, extent, &totals); extent++)
		;
	message("peak %s, %" PRIu64 " allocations, %s in %" PRId64 " blocks live at the end",
		units_size(header->peak_bytes).text, totals.allocations,
		units_size(totals.live_bytes > 0 ? (uint64_t)totals.live_bytes : 0).text,
		totals.live_blocks);
	if (header->peak_bound_bytes)
		message("the peak is known to within %s", units_size(header->peak_bound_bytes).text);
}

static void print_profile(const char *path)
{
	struct profile_header header;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && pread(fd, &header, sizeof header, HEADER_PAGE * PAGE_BYTES) == sizeof header)
		print_totals(fd, &header);
	if (fd >= 0)
		close(fd);
	message("profile: %s", path);
	message("next: dagmem top %s", path);
}

void run_summary_print(const struct run_watch *watch, const struct launch_outcome *outcome,
		       bool out_of_memory)
{
	print_end(outcome, out_of_memory);
	if (watch->path)
		print_profile(watch->path);
	else
		message("the program left no profile: it was not traced; 'dagmem doctor' may tell why");
}
