#include "tracer/snapshot.h"

#include <string.h>
#include <time.h>

#include "tracer/guard.h"
#include "tracer/journal.h"
#include "tracer/mapping.h"
#include "tracer/total.h"

struct writer {
	struct snapshot_page *first, *page;
	uint32_t number, pages;
	uint64_t live_bytes, live_blocks;
	void *(*take)(enum page_kind kind, uint32_t owner, uint32_t index);
};

/* --- Pages that were given up -------------------------------------------------------- */

/* Each holds the number of the next; 0: the last.  dag_runs has its lock on them. */
static uint32_t given_up;

void *snapshot_page(enum page_kind kind, uint32_t owner, uint32_t index)
{
	uint32_t page = given_up;
	uint32_t *bytes = page ? page_at(&profile.pages, page) : NULL;

	if (!bytes)
		return pages_add(&profile.pages, kind, owner, index);
	given_up = *bytes;
	memset(bytes, 0, PAGE_BYTES);
	pages_publish(&profile.pages, page, kind, owner, index);
	return bytes;
}

static bool is_of(const struct page_entry *entry, uint32_t snapshot)
{
	return (entry->kind == PAGE_SNAPSHOT || entry->kind == PAGE_RUN_COUNTS) &&
	       entry->owner == snapshot;
}

static void give_page_up(uint32_t page)
{
	uint32_t *bytes = page_at(&profile.pages, page);

	pages_publish(&profile.pages, page, PAGE_FREE, 0, 0);
	*bytes = given_up;
	given_up = page;
}

void snapshot_give_up(uint32_t snapshot)
{
	uint32_t used = __atomic_load_n(&profile_header()->pages_used, __ATOMIC_RELAXED);

	for (uint32_t page = HEADER_PAGE + 1; page < used; page++)
		if (page % PAGES_PER_EXTENT && page_at(&profile.pages, page) &&
		    is_of(page_entry_of(&profile.pages, page), snapshot))
			give_page_up(page);
}

void snapshot_fork(void)
{
	given_up = 0;
}

/* --- Writing -------------------------------------------------------------------------- */

static bool next_page(struct writer *writer)
{
	struct snapshot_page *page = writer->take(PAGE_SNAPSHOT, writer->number, writer->pages);

	if (!page)
		return false;
	writer->page = page;
	writer->pages++;
	if (!writer->first)
		writer->first = page;
	return true;
}

static bool is_heap(account_id account)
{
	return subject_kind(call_tree_subject(&profile.tree, account)) == ACCOUNT_HEAP;
}

static bool write_row(struct writer *writer, const struct snapshot_row *sum)
{
	if (writer->page->rows == SNAPSHOT_ROWS_PER_PAGE && !next_page(writer))
		return false;
	writer->page->row[writer->page->rows++] = *sum;
	if (is_heap(sum->account)) {
		writer->live_bytes += sum->allocated_bytes - sum->freed_bytes;
		writer->live_blocks += sum->allocations - sum->frees;
	}
	return true;
}

/* The head is what makes a snapshot valid, so it comes last. */
static void finish(const struct writer *writer, enum snapshot_kind kind, const char *label)
{
	struct snapshot_page *head = writer->first;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	head->pages = writer->pages;
	head->monotonic_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	head->live_bytes = writer->live_bytes;
	head->live_blocks = writer->live_blocks;
	head->peak_bytes = profile_header()->peak_bytes;
	if (head->peak_bytes < head->live_bytes)        /* another thread's heap is rising */
		head->peak_bytes = head->live_bytes;
	strncpy(head->label, label, sizeof head->label - 1);
	__atomic_store_n(&head->kind, kind, __ATOMIC_RELEASE);
}

static bool write_rows(struct writer *writer)
{
	uint32_t accounts = __atomic_load_n(&profile_header()->accounts, __ATOMIC_ACQUIRE);
	struct snapshot_row sum;

	writer->number = __atomic_fetch_add(&profile_header()->snapshots, 1, __ATOMIC_RELAXED);
	if (!next_page(writer))
		return false;
	for (account_id account = 1; account < accounts; account++)
		if (counters_sum(account, &sum) && !write_row(writer, &sum))
			return false;
	return true;
}

static void *fresh_page(enum page_kind kind, uint32_t owner, uint32_t index)
{
	return pages_add(&profile.pages, kind, owner, index);
}

bool snapshot_take(const char *label)
{
	struct writer writer = { .take = fresh_page };

	total_sample_now();
	if (!write_rows(&writer)) {
		journal_note("a snapshot found no room in the profile");
		return false;
	}
	finish(&writer, SNAPSHOT_NAMED, label ? label : "");
	return true;
}

bool snapshot_of_run(const char *label, uint32_t *number, uint32_t *pages)
{
	struct writer writer = { .take = snapshot_page };

	total_sample_now();
	if (!write_rows(&writer)) {
		snapshot_give_up(writer.number);
		return false;
	}
	finish(&writer, SNAPSHOT_RUN, label);
	*number = writer.number;
	*pages = writer.pages;
	return true;
}
