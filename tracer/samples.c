#include "tracer/samples.h"

#include <time.h>

#include "profile/tick.h"
#include "tracer/lock.h"
#include "tracer/mapping.h"
#include "tracer/sys.h"
#include "tracer/total.h"

enum {
	STEP_BYTES_MIN = 64 * 1024,
	STEP_SHARE = 256,               /* a sample when the total moved by 1/256 of the peak */
	FIRST_INTERVAL_NS = 1000000,    /* and no two in the same millisecond, at first */
};

static struct heap_sample *sample_page[SAMPLE_PAGES];
static uint64_t interval_ns = FIRST_INTERVAL_NS;
static int64_t sampled_bytes;           /* the total when a sample was last thought of */
static struct lock lock;

uint64_t samples_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int64_t samples_newest(void)
{
	return __atomic_load_n(&sampled_bytes, __ATOMIC_RELAXED);
}

int64_t samples_step(const struct profile_header *header)
{
	int64_t peak = (int64_t)__atomic_load_n(&header->peak_bytes, __ATOMIC_RELAXED);
	int64_t step = peak / STEP_SHARE;

	return step > STEP_BYTES_MIN ? step : STEP_BYTES_MIN;
}

static struct heap_sample *sample(uint32_t index)
{
	struct heap_sample *page = sample_page[index / SAMPLES_PER_PAGE];

	return page ? &page[index % SAMPLES_PER_PAGE] : NULL;
}

/* Keep every second sample, the higher of each pair, and be half as eager from now on. */
static void thin_samples(struct profile_header *header)
{
	uint32_t half = header->samples / 2;

	__atomic_store_n(&header->samples_sequence, header->samples_sequence + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < half; i++) {
		const struct heap_sample *first = sample(2 * i), *second = sample(2 * i + 1);

		*sample(i) = second->live_bytes > first->live_bytes ? *second : *first;
	}
	header->samples = half;
	interval_ns *= 2;
	__atomic_store_n(&header->samples_sequence, header->samples_sequence + 1, __ATOMIC_RELEASE);
}

/* Append a sample, or raise the newest when it is of this interval. Under the lock. */
static void add_sample(int64_t total, bool always)
{
	struct profile_header *header = profile_header();
	struct heap_sample *newest = header->samples ? sample(header->samples - 1) : NULL;
	struct totals totals;
	uint64_t now = samples_clock_ns();

	tick_renew(header, now);
	if (!header->samples_capacity)
		return;
	__atomic_store_n(&sampled_bytes, total, __ATOMIC_RELAXED);
	if (newest && !always && now - newest->monotonic_ns < interval_ns) {
		if (total > (int64_t)newest->live_bytes)
			newest->live_bytes = (uint64_t)total;
		return;
	}
	if (header->samples == header->samples_capacity)
		thin_samples(header);
	total_read(&totals);
	*sample(header->samples) = (struct heap_sample) {
		.monotonic_ns = now,
		.live_bytes = total < 0 ? 0 : (uint64_t)total,
		.mapped_bytes = totals.mapped_bytes < 0 ? 0 : (uint64_t)totals.mapped_bytes,
		.allocations = totals.allocations,
	};
	__atomic_store_n(&header->samples, header->samples + 1, __ATOMIC_RELEASE);
}

/*
 * Without waiting.  A lock that this thread has already was left by a jump out
 * of a signal's handler, and a thread that is gone needs none.
 */
static bool try_lock(void)
{
	uint32_t self = sys_gettid(), holder = 0;

	if (__atomic_compare_exchange_n(&lock.holder, &holder, self, 0, __ATOMIC_ACQUIRE,
					__ATOMIC_RELAXED) || holder == self)
		return true;
	return !sys_thread_exists(sys_getpid(), holder) &&
	       __atomic_compare_exchange_n(&lock.holder, &holder, self, 0, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* Samples are worth no waiting: a thread that finds another at it goes on. */
void samples_add(int64_t total, bool always)
{
	if (!try_lock())
		return;
	add_sample(total, always);
	__atomic_store_n(&lock.holder, 0, __ATOMIC_RELEASE);
}

void samples_init(void)
{
	struct profile_header *header = profile_header();

	for (uint32_t i = 0; i < SAMPLE_PAGES; i++) {
		sample_page[i] = pages_add(&profile.pages, PAGE_SAMPLES, 0, i);
		if (!sample_page[i] || !pages_add(&profile.pages, PAGE_RSS, 0, i))
			return;
		header->samples_capacity += SAMPLES_PER_PAGE;
		header->rss_samples_capacity += SAMPLES_PER_PAGE;
	}
}

void samples_fork(void)
{
	struct profile_header *header = profile_header();

	lock.holder = 0;
	interval_ns = FIRST_INTERVAL_NS;
	sampled_bytes = 0;
	header->samples = header->rss_samples = 0;
	header->samples_sequence = header->rss_samples_sequence = 0;
}
