/*
 * truth: what a sample program knows about its own allocations, so that a
 * test can compare a profile with it to the block and byte.
 *
 * Header-only; one translation unit a program.  Every allocation names its
 * source line by a TRUTH_SITE(); at the end truth_write() puts sums and lines
 * as JSON into the file that $TRUTH names (nowhere when unset):
 *
 *   {"allocations":3,"allocated_bytes":48,"frees":1,"freed_bytes":16,
 *    "live_bytes":32,"live_count":2,"peak_bytes":48,
 *    "lines":[{"file":"stress.c","line":71,"allocations":3,...}]}
 *
 * Nothing here allocates: no stdio, no locale.  Counters are atomic; only the
 * peak needs more, namely that the caller serialises events with their
 * bookkeeping (TRUTH_NEW and truth_delete do, when truth_exact is set).
 */
#ifndef TESTS_TRUTH_H
#define TESTS_TRUTH_H

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct truth_site {
	const char *file;
	int line;
	int listed;
	struct truth_site *next;
	uint64_t allocations, allocated_bytes, frees, freed_bytes;
};

/* What TRUTH_NEW leaves at the start of its blocks, which thus have 16 bytes or more. */
struct truth_block {
	struct truth_site *site;
	size_t size_bytes;
};

static struct truth_site *truth_sites;
static int64_t truth_live_bytes, truth_peak_bytes;
static int truth_exact;
static pthread_mutex_t truth_lock = PTHREAD_MUTEX_INITIALIZER;

#define TRUTH_UNUSED __attribute__((unused))
#define TRUTH_FILE (strrchr("/" __FILE__, '/') + 1)

/* The site of this source line; one per place where the macro stands. */
#define TRUTH_SITE() \
	(__extension__({ \
		static struct truth_site site_ = { NULL, __LINE__, 0, NULL, 0, 0, 0, 0 }; \
		site_.file = TRUTH_FILE; \
		&site_; \
	}))

static TRUTH_UNUSED void truth_charge(struct truth_site *site, size_t size_bytes)
{
	int64_t live;

	if (!__atomic_exchange_n(&site->listed, 1, __ATOMIC_RELAXED)) {
		site->next = __atomic_load_n(&truth_sites, __ATOMIC_RELAXED);
		while (!__atomic_compare_exchange_n(&truth_sites, &site->next, site, 0,
						    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			;
	}
	__atomic_add_fetch(&site->allocations, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&site->allocated_bytes, size_bytes, __ATOMIC_RELAXED);
	live = __atomic_add_fetch(&truth_live_bytes, (int64_t)size_bytes, __ATOMIC_RELAXED);
	if (live > truth_peak_bytes)
		truth_peak_bytes = live;
}

static TRUTH_UNUSED void truth_discharge(struct truth_site *site, size_t size_bytes)
{
	__atomic_add_fetch(&site->frees, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&site->freed_bytes, size_bytes, __ATOMIC_RELAXED);
	__atomic_sub_fetch(&truth_live_bytes, (int64_t)size_bytes, __ATOMIC_RELAXED);
}

static TRUTH_UNUSED void truth_serialise(int on)
{
	if (truth_exact && on)
		pthread_mutex_lock(&truth_lock);
	else if (truth_exact)
		pthread_mutex_unlock(&truth_lock);
}

static TRUTH_UNUSED void *truth_mark(void *block, struct truth_site *site, size_t size_bytes)
{
	struct truth_block *mark = (struct truth_block *)block;

	mark->site = site;
	mark->size_bytes = size_bytes;
	truth_charge(site, size_bytes);
	return block;
}

/* malloc(size) of at least 16 bytes, on this source line. */
#define TRUTH_NEW(size) \
	(__extension__({ \
		size_t size_ = (size); \
		void *block_; \
		truth_serialise(1); \
		block_ = truth_mark(malloc(size_), TRUTH_SITE(), size_); \
		truth_serialise(0); \
		block_; \
	}))

/* realloc(block, size): one free of the old, one allocation on this line. */
#define TRUTH_RESIZE(block, size) \
	(__extension__({ \
		size_t size_ = (size); \
		void *block_ = (block); \
		struct truth_block old_ = *(struct truth_block *)block_; \
		truth_serialise(1); \
		block_ = realloc(block_, size_); \
		truth_discharge(old_.site, old_.size_bytes); \
		truth_mark(block_, TRUTH_SITE(), size_); \
		truth_serialise(0); \
		block_; \
	}))

static TRUTH_UNUSED void truth_delete(void *block)
{
	struct truth_block mark = *(struct truth_block *)block;

	truth_serialise(1);
	free(block);
	truth_discharge(mark.site, mark.size_bytes);
	truth_serialise(0);
}

/* Forget events, keep what is live: a forked child's profile starts like this. */
static TRUTH_UNUSED void truth_forget_events(void)
{
	for (struct truth_site *site = truth_sites; site; site = site->next)
		site->allocations = site->allocated_bytes = site->frees = site->freed_bytes = 0;
}

static TRUTH_UNUSED void truth_say(int fd, const char *text)
{
	size_t done = 0, length = strlen(text);
	ssize_t n;

	while (done < length && (n = write(fd, text + done, length - done)) > 0)
		done += (size_t)n;
}

static TRUTH_UNUSED void truth_write_sums(int fd, const struct truth_site *sum)
{
	char text[512];

	snprintf(text, sizeof text,
		 "\"allocations\":%llu,\"allocated_bytes\":%llu,\"frees\":%llu,\"freed_bytes\":%llu",
		 (unsigned long long)sum->allocations, (unsigned long long)sum->allocated_bytes,
		 (unsigned long long)sum->frees, (unsigned long long)sum->freed_bytes);
	truth_say(fd, text);
}

static TRUTH_UNUSED void truth_write_line(int fd, const struct truth_site *site)
{
	char text[512];

	snprintf(text, sizeof text,
		 "{\"file\":\"%s\",\"line\":%d,\"live_bytes\":%lld,\"live_count\":%lld,",
		 site->file, site->line, (long long)(site->allocated_bytes - site->freed_bytes),
		 (long long)(site->allocations - site->frees));
	truth_say(fd, text);
	truth_write_sums(fd, site);
	truth_say(fd, "}");
}

/* Write to `path`, whatever exists there. */
static TRUTH_UNUSED void truth_write_to(const char *path)
{
	struct truth_site sum = { NULL, 0, 0, NULL, 0, 0, 0, 0 };
	const struct truth_site *site;
	char text[256];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	truth_say(fd, "{\"lines\":[");
	for (site = truth_sites; site; site = site->next) {
		truth_write_line(fd, site);
		truth_say(fd, site->next ? ",\n" : "");
		sum.allocations += site->allocations;
		sum.allocated_bytes += site->allocated_bytes;
		sum.frees += site->frees;
		sum.freed_bytes += site->freed_bytes;
	}
	snprintf(text, sizeof text, "],\"pid\":%d,\"peak_bytes\":%lld,\"live_bytes\":%lld,", (int)getpid(),
		 (long long)truth_peak_bytes, (long long)truth_live_bytes);
	truth_say(fd, text);
	truth_write_sums(fd, &sum);
	truth_say(fd, "}\n");
	close(fd);
}

/* Write to the file that $TRUTH names. */
static TRUTH_UNUSED void truth_write(void)
{
	const char *path = getenv("TRUTH");

	if (path)
		truth_write_to(path);
}

/* Stop the program, and so the test, when what it relies on does not hold. */
#define TRUTH_REQUIRE(condition) \
	do { \
		if (!(condition)) { \
			truth_say(2, __FILE__ ": not so: " #condition "\n"); \
			_exit(99); \
		} \
	} while (0)

#endif
