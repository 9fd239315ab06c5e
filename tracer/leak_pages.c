#include "tracer/leak_pages.h"

#include "tracer/sys.h"

enum { PAGE = 4096, WINDOW = 512 };

static int pagemap = -1;

void leak_pages_open(void)
{
	pagemap = sys_open("/proc/self/pagemap", O_RDONLY, 0);
}

/* Whether the entries for `count` pages from `page` on could be read. */
static bool read_entries(uintptr_t page, uint64_t *entry, uintptr_t count)
{
	long bytes = (long)(count * sizeof *entry);

	return pagemap >= 0 && sys_call(SYS_pread64, pagemap, (long)entry, bytes,
					(long)(page * sizeof *entry), 0, 0) == bytes;
}

static bool is_touched(uint64_t entry)
{
	const uint64_t present = UINT64_C(1) << 63, swapped = UINT64_C(1) << 62;

	return (entry & (present | swapped)) != 0;
}

bool leak_pages_touched(uintptr_t address)
{
	uint64_t entry;

	return !read_entries(address / PAGE, &entry, 1) || is_touched(entry);
}

struct run {
	uintptr_t start, end;
	void (*see)(void *context, uintptr_t start, uintptr_t end);
	void *context;
};

/* The next piece; what follows the one before without gap is one with it. */
static void extend(struct run *run, uintptr_t start, uintptr_t end)
{
	if (run->end != start) {
		if (run->start < run->end)
			run->see(run->context, run->start, run->end);
		run->start = start;
	}
	run->end = end;
}

static void finish(struct run *run)
{
	extend(run, 0, 0);
}

void leak_pages_each(uintptr_t start, uintptr_t end,
		     void (*see)(void *context, uintptr_t start, uintptr_t end), void *context)
{
	struct run run = { 0, 0, see, context };
	static uint64_t entry[WINDOW];

	for (uintptr_t at = start; at < end;) {
		uintptr_t page = at / PAGE, count = (end + PAGE - 1) / PAGE - page;

		if (count > WINDOW)
			count = WINDOW;
		bool known = read_entries(page, entry, count);

		for (uintptr_t i = 0; i < count; i++) {
			uintptr_t next = (page + i + 1) * PAGE;

			if (next > end)
				next = end;
			if (!known || is_touched(entry[i]))
				extend(&run, at, next);
			at = next;
		}
	}
	finish(&run);
}

void leak_pages_each_readable(uintptr_t start, uintptr_t end,
			      void (*see)(void *context, uintptr_t start, uintptr_t end), void *context)
{
	struct run run = { 0, 0, see, context };

	for (uintptr_t at = start; at < end;) {
		uintptr_t next = (at / PAGE + 1) * PAGE;

		if (next > end)
			next = end;
		if (sys_readable((const void *)(at & ~(uintptr_t)7)))
			extend(&run, at, next);
		at = next;
	}
	finish(&run);
}
