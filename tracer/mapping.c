#include "tracer/mapping.h"

#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <time.h>

#include "tracer/lock.h"
#include "tracer/machine.h"
#include "tracer/path.h"
#include "tracer/real.h"
#include "tracer/space.h"
#include "tracer/sys.h"

enum { STEP_PAGES = 64, NAMES_TRIED = 10000 };

struct profile profile;
static struct lock growth_lock;

static uint8_t *map_extent(int fd, uint32_t extent, void *where)
{
	return sys_mmap(where, EXTENT_BYTES, PROT_READ | PROT_WRITE,
			MAP_SHARED | (where ? MAP_FIXED : 0), fd, (uint64_t)extent * EXTENT_BYTES);
}

static bool is_profile(int fd)
{
	struct stat st;

	return !sys_failed(sys_call(SYS_fstat, fd, (long)&st, 0, 0, 0, 0)) &&
	       st.st_dev == profile.device && st.st_ino == profile.inode;
}

static void note_identity(int fd)
{
	struct stat st;

	if (sys_failed(sys_call(SYS_fstat, fd, (long)&st, 0, 0, 0, 0)))
		return;
	profile.device = st.st_dev;
	profile.inode = st.st_ino;
}

static int reopen(void)
{
	int fd = sys_open(profile.path, O_RDWR | O_APPEND | O_NOFOLLOW, 0);

	if (fd >= 0 && !is_profile(fd)) {
		sys_close(fd);
		return -1;
	}
	return fd;
}

static bool add_extent(struct pages *pages, int fd, uint32_t extent)
{
	uint8_t *mapped = map_extent(fd, extent, NULL);

	if (!mapped)
		return false;
	sys_madvise(mapped, EXTENT_BYTES, MADV_DONTDUMP);
	__atomic_store_n(&pages->extent[extent], mapped, __ATOMIC_RELEASE);
	return true;
}

/* With growth_lock held: make `page` mapped and promised. */
static bool grow_locked(struct pages *pages, uint32_t page)
{
	uint32_t extent = page / PAGES_PER_EXTENT;
	uint32_t step = page < PAGES_PER_EXTENT ? STEP_PAGES : PAGES_PER_EXTENT;
	uint32_t wanted = (page / step + 1) * step;
	int fd = reopen();
	bool ok = fd >= 0;

	if (ok && page >= pages->header->pages_allocated) {
		ok = space_promise(fd, wanted, profile.max_bytes) ||
		     (wanted = page + 1, space_promise(fd, wanted, profile.max_bytes));
		if (ok)
			__atomic_store_n(&pages->header->pages_allocated, wanted, __ATOMIC_RELEASE);
	}
	/* Those before it, too: others (a leak check's child) may have used them up. */
	for (uint32_t missing = 0; ok && missing <= extent; missing++)
		ok = pages->extent[missing] || add_extent(pages, fd, missing);
	if (fd >= 0)
		sys_close(fd);
	return ok;
}

static bool is_there(const struct pages *pages, uint32_t page)
{
	return page_at(pages, page) &&
	       page < __atomic_load_n(&pages->header->pages_allocated, __ATOMIC_ACQUIRE);
}

static bool grow(struct pages *pages, uint32_t page)
{
	uint64_t signals;
	bool ok;

	if (is_there(pages, page))
		return true;
	signals = lock_take(&growth_lock);
	ok = is_there(pages, page) || grow_locked(pages, page);
	lock_release(&growth_lock, signals);
	if (!ok)
		__atomic_fetch_add(&pages->header->quality.growth_failed, 1, __ATOMIC_RELAXED);
	return ok;
}

/* Create `path` or a numbered sibling; profile.path tells which. Negative: errno. */
static int create_file(const char *path)
{
	int fd = -1;

	path_append(profile.path, sizeof profile.path, 0, path);
	for (unsigned number = 2; number < NAMES_TRIED; number++) {
		fd = sys_open(profile.path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
		if (fd != -17 /* EEXIST */)
			return fd;
		path_number(profile.path, sizeof profile.path, path, number);
	}
	return fd;
}

/*
 * Try the place that `options` name, then those where a shared mapping is
 * known to work, until `use` is content with a new file.  Only start and fork
 * come here, with one thread running: so the buffers may be static, which
 * spares small stacks.
 */
static bool find_place(const struct options *options, const char *name, const char *temporary,
		       bool (*use)(int fd))
{
	static char path[OPTION_PATH_MAX], elsewhere[OPTION_PATH_MAX];
	const char *const places[] = { NULL, temporary, "/tmp", "/dev/shm" };

	path_expand(path, sizeof path, options->out, name);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const char *base = strrchr(path, '/');
		int fd;

		if (i && !places[i])
			continue;
		if (i) {
			size_t used = path_append(elsewhere, sizeof elsewhere, 0, places[i]);

			used = path_append(elsewhere, sizeof elsewhere, used, "/");
			path_append(elsewhere, sizeof elsewhere, used, base ? base + 1 : path);
		}
		fd = create_file(i ? elsewhere : path);
		if (fd < 0)
			continue;
		if (space_can_be_promised(fd) && use(fd)) {
			note_identity(fd);
			sys_close(fd);
			return true;
		}
		sys_close(fd);
		sys_unlink(profile.path);
	}
	return false;
}

static bool use_first(int fd)
{
	uint8_t *mapped = space_promise(fd, STEP_PAGES, profile.max_bytes) ? map_extent(fd, 0, NULL) : NULL;

	if (mapped)
		sys_madvise(mapped, EXTENT_BYTES, MADV_DONTDUMP);
	profile.pages.extent[0] = mapped;
	return mapped != NULL;
}

static void start_pages(void)
{
	struct pages *pages = &profile.pages;

	pages->header = (struct profile_header *)(pages->extent[0] + HEADER_PAGE * PAGE_BYTES);
	pages->grow = grow;
	pages->full = 0;
	pages->header->pages_used = HEADER_PAGE;
	pages->header->pages_allocated = STEP_PAGES;
	pages_add(pages, PAGE_HEADER, 0, 0);
}

bool mapping_create(const struct options *options, const char *name, const char *temporary)
{
	uint64_t least = (uint64_t)STEP_PAGES * PAGE_BYTES;

	profile.max_bytes = options->max_profile_bytes;
	if (profile.max_bytes < least)
		profile.max_bytes = least;
	if (!find_place(options, name, temporary, use_first))
		return false;
	start_pages();
	return true;
}

static bool survives_fork(uint32_t kind)
{
	return kind == PAGE_HEADER || kind == PAGE_JOURNAL || kind == PAGE_NODES ||
	       kind == PAGE_ACCOUNTS;
}

/* What only the parent did, and may have gone on doing since: the child begins with none. */
static bool is_the_parents(uint32_t kind)
{
	return kind == PAGE_SNAPSHOT || kind == PAGE_RUN_COUNTS || kind == PAGE_DAG_SUMS ||
	       kind == PAGE_EXECUTIONS || kind == PAGE_RESULTS || kind == PAGE_RUNS ||
	       kind == PAGE_LEAKS;
}

static bool write_page(int fd, uint32_t page, const void *bytes)
{
	return sys_pwrite(fd, bytes, PAGE_BYTES, (uint64_t)page * PAGE_BYTES) == PAGE_BYTES;
}

/* Copy one extent's directory and what a child keeps of its pages. */
static bool copy_extent(int fd, const struct pages *pages, uint32_t extent, uint32_t used)
{
	static struct page_entry directory[PAGES_PER_EXTENT];
	uint32_t first = extent * PAGES_PER_EXTENT;

	memcpy(directory, pages->extent[extent], sizeof directory);
	for (uint32_t i = 1; i < PAGES_PER_EXTENT; i++) {
		if (first + i >= used)
			directory[i].kind = PAGE_UNUSED;
		else if (is_the_parents(directory[i].kind))
			directory[i].kind = PAGE_FREE;
		else if (survives_fork(directory[i].kind) &&
			 !write_page(fd, first + i, page_at(pages, first + i)))
			return false;
	}
	return write_page(fd, first, directory);
}

/* The pages a child can see: the parent may have mapped more since it forked. */
static uint32_t pages_visible(const struct pages *pages)
{
	uint32_t used = __atomic_load_n(&pages->header->pages_used, __ATOMIC_RELAXED);
	uint32_t extents = 0;

	while (extents < EXTENTS_MAX && pages->extent[extents])
		extents++;
	return used < extents * PAGES_PER_EXTENT ? used : extents * PAGES_PER_EXTENT;
}

static bool use_copy(int fd)
{
	struct pages *pages = &profile.pages;
	uint32_t used = pages_visible(pages);
	uint32_t allocated = (used / STEP_PAGES + 1) * STEP_PAGES;
	uint32_t extents = (used + PAGES_PER_EXTENT - 1) / PAGES_PER_EXTENT;

	if (!space_promise(fd, allocated, profile.max_bytes))
		return false;
	for (uint32_t extent = 0; extent < extents; extent++)
		if (!copy_extent(fd, pages, extent, used))
			return false;
	for (uint32_t extent = 0; extent < extents; extent++)
		if (!map_extent(fd, extent, pages->extent[extent]))
			return false;
	pages->header->pages_used = used;
	pages->header->pages_allocated = allocated;
	return true;
}

bool mapping_fork(const struct options *options, const char *name, const char *temporary)
{
	growth_lock.holder = 0;
	return find_place(options, name, temporary, use_copy);
}

void mapping_leak_child(void)
{
	growth_lock.holder = 0;
}

static size_t read_file(const char *path, char *to, size_t room)
{
	int fd = sys_open(path, O_RDONLY, 0);
	long bytes = fd < 0 ? 0 : sys_read(fd, to, room - 1);

	if (fd >= 0)
		sys_close(fd);
	if (bytes < 0)
		bytes = 0;
	to[bytes] = 0;
	return (size_t)bytes;
}

/* Field 22 of /proc/self/stat; the second may hold spaces and parentheses. */
static uint64_t start_ticks(void)
{
	char text[1024];
	const char *at;
	uint64_t value = 0;

	read_file("/proc/self/stat", text, sizeof text);
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++) {
		at = strchr(at + 1, ' ');
	}
	for (at = at ? at + 1 : ""; *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (uint64_t)(*at - '0');
	return value;
}

uint64_t mapping_process_rss(void)
{
	char text[128];
	const char *at;
	uint64_t pages = 0;

	read_file("/proc/self/statm", text, sizeof text);
	at = strchr(text, ' ');
	for (at = at ? at + 1 : ""; *at >= '0' && *at <= '9'; at++)
		pages = pages * 10 + (uint64_t)(*at - '0');
	return pages * getauxval(AT_PAGESZ);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void mapping_describe_process(const struct options *options, bool forked)
{
	struct profile_header *header = profile_header();
	char boot_id[64];

	header->byte_order = PROFILE_BYTE_ORDER;
	header->header_bytes = sizeof *header;
	header->machine = MACHINE_ELF;
	header->pid = sys_getpid();
	header->parent_pid = (uint32_t)sys_call(SYS_getppid, 0, 0, 0, 0, 0, 0);
	header->start_ticks = start_ticks();
	header->start_realtime_ns = clock_ns(CLOCK_REALTIME);
	header->start_monotonic_ns = clock_ns(CLOCK_MONOTONIC);
	header->run_id = options->run_id;
	header->forked = forked;
	header->max_profile_bytes = profile.max_bytes;
	header->allocator_free_bytes = UINT64_MAX;
	header->state = STATE_RUNNING;
	memcpy(header->allocator, real.allocator, sizeof header->allocator);
	strncpy(header->tracer_version, DAGMEM_VERSION, sizeof header->tracer_version - 1);
	if (read_file("/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id) >= 36)
		memcpy(header->boot_id, boot_id, 36);
	__atomic_store_n(&header->ready, 1, __ATOMIC_RELEASE);
}
