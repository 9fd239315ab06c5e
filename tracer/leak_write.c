#include "tracer/leak_write.h"

#include <string.h>
#include <time.h>

#include "tracer/mapping.h"
#include "tracer/memory.h"
#include "tracer/sys.h"

struct leak_head *leak_write_head(const struct leak_job *job)
{
	return page_at(&profile.pages, job->head_page);
}

static uint64_t cpu_ns(void)
{
	struct timespec used = { 0, 0 };

	sys_call(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, (long)&used, 0, 0, 0, 0);
	return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

/* One page of rows, from row `first` on; the pages' index counts from 1. */
static bool write_page(const struct leak_job *job, const struct leak_rows *rows, uint32_t first,
		       uint32_t index)
{
	uint32_t page = pages_take(&profile.pages), count = rows->count - first;
	struct leak_page *to;

	if (!page)
		return false;
	to = page_at(&profile.pages, page);
	to->rows = count < LEAK_ROWS_PER_PAGE ? count : LEAK_ROWS_PER_PAGE;
	memcpy(to->row, rows->row + first, to->rows * sizeof *to->row);
	pages_publish(&profile.pages, page, PAGE_LEAKS, job->number, index);
	return true;
}

static void fill_basics(struct leak_head *head, const struct leak_job *job)
{
	head->reason = job->reason;
	head->flags = job->flags;
	head->monotonic_ns = job->monotonic_ns;
	head->threads = 0;
	for (uint32_t i = 0; i < job->threads.count; i++)
		head->threads += job->threads.thread[i].tid != 0;
	memcpy(head->label, job->label, sizeof head->label);
}

/* What the tracer's copy in this process takes, of which its parent's part is small. */
static uint64_t table_bytes(uint32_t ranges_before)
{
	uint64_t bytes = 0;
	uintptr_t start;
	size_t length;

	for (uint32_t i = ranges_before; memory_range(i, &start, &length); i++)
		bytes += memory_resident_in(start, length);
	return bytes;
}

bool leak_write(const struct leak_job *job, const struct leak_rows *rows, const struct leak_heap *heap,
		const struct leak_roots *roots, uint32_t flags)
{
	struct leak_head *head = leak_write_head(job);
	uint32_t pages = 1;

	for (uint32_t first = 0; first < rows->count; first += LEAK_ROWS_PER_PAGE)
		if (!write_page(job, rows, first, pages++))
			return false;
	fill_basics(head, job);
	head->flags |= flags | (rows->folded ? LEAK_ROWS_FOLDED : 0);
	head->pages = pages;
	head->rows = rows->count;
	head->blocks = heap->count;
	head->bytes = rows->bytes;
	head->usable_bytes = heap->usable_bytes;
	head->root_bytes = roots->bytes;
	head->threads_stopped = roots->stacks.stopped;
	head->threads_seen = roots->stacks.seen;
	head->threads_unknown = roots->stacks.unknown;
	memcpy(head->verdict_blocks, rows->verdict_blocks, sizeof head->verdict_blocks);
	memcpy(head->verdict_bytes, rows->verdict_bytes, sizeof head->verdict_bytes);
	head->table_bytes = table_bytes(job->ranges_before);
	head->check_ns = cpu_ns();
	return true;
}

void leak_write_publish(const struct leak_job *job)
{
	pages_publish(&profile.pages, job->head_page, PAGE_LEAKS, job->number, 0);
}

void leak_write_failure(const struct leak_job *job, enum leak_status status, uint32_t error)
{
	struct leak_head *head = leak_write_head(job);

	fill_basics(head, job);
	head->pages = 1;
	head->rows = 0;
	head->status = status;
	head->error = error;
	leak_write_publish(job);
}
