#include "cli/rss_recorder.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "profile/layout.h"

enum {
	CAPACITY_MAX = SAMPLE_PAGES * SAMPLES_PER_PAGE,
	STEP_FIRST_NS = 10 * 1000 * 1000,
	STEP_READ_MAX_NS = 100 * 1000 * 1000,
	SAVE_NS = 80 * 1000 * 1000,     /* samples of so long are written at once */
};

struct rss_recorder {
	int statm_fd;
	int profile_fd;                 /* -1: none yet */
	uint64_t page_bytes;
	uint64_t page_offset[SAMPLE_PAGES];
	uint32_t capacity;
	uint32_t count;
	uint32_t saved;                 /* of them, that the profile has */
	uint32_t sequence;
	uint64_t step_ns;               /* time that a sample stands for */
	uint64_t step_end_ns;
	struct rss_sample pending;      /* largest reading of the current step; no time = none */
	struct rss_sample samples[CAPACITY_MAX];
};

struct rss_recorder *rss_recorder_open(pid_t pid)
{
	char path[64];
	struct rss_recorder *recorder = calloc(1, sizeof *recorder);

	if (!recorder)
		return NULL;
	snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	recorder->statm_fd = open(path, O_RDONLY | O_CLOEXEC);
	recorder->profile_fd = -1;
	recorder->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	recorder->capacity = CAPACITY_MAX;
	recorder->step_ns = STEP_FIRST_NS;
	if (recorder->statm_fd >= 0)
		return recorder;
	free(recorder);
	return NULL;
}

/* --- The profile's side ----------------------------------------------------- */

#define HEADER_FIELD(field) (HEADER_PAGE * PAGE_BYTES + offsetof(struct profile_header, field))

static bool put(const struct rss_recorder *recorder, const void *bytes, size_t size, uint64_t offset)
{
	return pwrite(recorder->profile_fd, bytes, size, (off_t)offset) == (ssize_t)size;
}

/* Of samples [first, end) those that stand in one page. */
static uint32_t put_in_page(const struct rss_recorder *recorder, uint32_t first, uint32_t end)
{
	uint32_t page = first / SAMPLES_PER_PAGE;

	if (end > (page + 1) * SAMPLES_PER_PAGE)
		end = (page + 1) * SAMPLES_PER_PAGE;
	put(recorder, &recorder->samples[first], (end - first) * sizeof *recorder->samples,
	    recorder->page_offset[page] + first % SAMPLES_PER_PAGE * sizeof *recorder->samples);
	return end;
}

/* Those that the profile does not have. */
static void save(struct rss_recorder *recorder)
{
	if (recorder->profile_fd < 0 || recorder->saved == recorder->count)
		return;
	while (recorder->saved < recorder->count)
		recorder->saved = put_in_page(recorder, recorder->saved, recorder->count);
	put(recorder, &recorder->count, sizeof recorder->count, HEADER_FIELD(rss_samples));
}

/* Rewrite all; readers see an odd sequence meanwhile and come again. */
static void put_all(struct rss_recorder *recorder)
{
	recorder->sequence++;
	put(recorder, &recorder->sequence, sizeof recorder->sequence,
	    HEADER_FIELD(rss_samples_sequence));
	recorder->saved = 0;
	save(recorder);
	recorder->sequence++;
	put(recorder, &recorder->sequence, sizeof recorder->sequence,
	    HEADER_FIELD(rss_samples_sequence));
}

/* Where the tracer has laid the pages for our samples; returns how many follow without a gap. */
static uint32_t find_pages(struct rss_recorder *recorder, int fd)
{
	struct page_entry directory[PAGES_PER_EXTENT];
	uint32_t count = 0;

	if (pread(fd, directory, sizeof directory, 0) != sizeof directory)
		return 0;
	for (uint32_t i = 0; i < SAMPLE_PAGES; i++)
		recorder->page_offset[i] = 0;
	for (uint32_t page = HEADER_PAGE; page < PAGES_PER_EXTENT; page++)
		if (directory[page].kind == PAGE_RSS && directory[page].index < SAMPLE_PAGES)
			recorder->page_offset[directory[page].index] = (uint64_t)page * PAGE_BYTES;
	while (count < SAMPLE_PAGES && recorder->page_offset[count])
		count++;
	return count;
}

/* --- The samples ------------------------------------------------------------ */

static struct rss_sample larger(struct rss_sample a, struct rss_sample b)
{
	return b.rss_bytes > a.rss_bytes ? b : a;
}

static void thin(struct rss_recorder *recorder)
{
	uint32_t count = recorder->count / 2;

	for (uint32_t i = 0; i < count; i++)
		recorder->samples[i] = larger(recorder->samples[2 * i], recorder->samples[2 * i + 1]);
	if (recorder->count % 2)
		recorder->samples[count++] = recorder->samples[recorder->count - 1];
	recorder->count = count;
	recorder->step_ns *= 2;
}

void rss_recorder_detach(struct rss_recorder *recorder)
{
	if (!recorder)
		return;
	save(recorder);
	recorder->profile_fd = -1;
}

void rss_recorder_attach(struct rss_recorder *recorder, int fd)
{
	if (!recorder)
		return;
	uint32_t pages = find_pages(recorder, fd);

	recorder->profile_fd = pages ? fd : -1;
	if (!pages)
		return;
	recorder->capacity = pages * SAMPLES_PER_PAGE;
	while (recorder->count > recorder->capacity)
		thin(recorder);
	put_all(recorder);
}

static void keep_pending(struct rss_recorder *recorder)
{
	if (!recorder->pending.monotonic_ns)
		return;
	bool full = recorder->count == recorder->capacity;

	if (full)
		thin(recorder);
	recorder->samples[recorder->count++] = recorder->pending;
	recorder->pending = (struct rss_sample){ 0 };
	if (recorder->profile_fd >= 0 && full)
		put_all(recorder);
	else if ((recorder->count - recorder->saved) * recorder->step_ns >= SAVE_NS)
		save(recorder);
}

/*
 * "SIZE RESIDENT SHARED ..." in pages, see proc(5).  False when the process is
 * gone: it has no memory then.
 */
static bool read_now(const struct rss_recorder *recorder, uint64_t now_ns, struct rss_sample *sample)
{
	char text[128], *at = text;
	ssize_t length = pread(recorder->statm_fd, text, sizeof text - 1, 0);

	if (length <= 0)
		return false;
	text[length] = '\0';
	uint64_t total = strtoull(at, &at, 10);
	uint64_t resident = strtoull(at, &at, 10);
	uint64_t shared = strtoull(at, &at, 10);

	if (!total)
		return false;
	*sample = (struct rss_sample){
		.monotonic_ns = now_ns,
		.rss_bytes = resident * recorder->page_bytes,
		.anonymous_bytes = (resident > shared ? resident - shared : 0) * recorder->page_bytes,
	};
	return true;
}

uint64_t rss_recorder_sample(struct rss_recorder *recorder, uint64_t now_ns)
{
	struct rss_sample sample;

	if (!recorder)
		return now_ns + STEP_READ_MAX_NS;
	if (now_ns >= recorder->step_end_ns) {
		keep_pending(recorder);
		recorder->step_end_ns = now_ns + recorder->step_ns;
	}
	if (read_now(recorder, now_ns, &sample))
		recorder->pending = larger(recorder->pending, sample);
	return now_ns + (recorder->step_ns < STEP_READ_MAX_NS ? recorder->step_ns : STEP_READ_MAX_NS);
}

void rss_recorder_close(struct rss_recorder *recorder)
{
	if (!recorder)
		return;
	keep_pending(recorder);
	save(recorder);
	close(recorder->statm_fd);
	free(recorder);
}
