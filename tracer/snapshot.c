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
};

static bool next_page(struct writer *writer)
{
	struct snapshot_page *page = pages_add(&profile.pages, PAGE_SNAPSHOT, writer->number,
					       writer->pages);

	if (!page)
		return false;
	writer->page = page;
	writer->pages++;
	if (!writer->first)
		writer->first = page;
	return true;
}

/* An account's sum over all shards. False: it never held anything. */
static bool sum_account(account_id account, struct snapshot_row *sum)
{
	uint32_t shards = guard_shards();
	uint32_t chunk = account / COUNTERS_PER_PAGE;

	*sum = (struct snapshot_row) { .account = account };
	for (uint32_t i = 0; i < shards; i++) {
		const struct thread *thread = guard_shard(i);
		struct counter *const *table = thread ? thread->chunks[chunk / COUNTER_TABLE_CHUNKS] : NULL;
		const struct counter *page = table ? table[chunk % COUNTER_TABLE_CHUNKS] : NULL;

		if (!page)
			continue;
		page += account % COUNTERS_PER_PAGE;
		sum->allocations += page->allocations;
		sum->allocated_bytes += page->allocated_bytes;
		sum->frees += page->frees;
		sum->freed_bytes += page->freed_bytes;
		sum->slack_bytes += page->slack_bytes;
		sum->temporaries += page->temporaries;
	}
	return sum->allocations || sum->frees;
}

uint64_t snapshot_usable_bytes(void)
{
	uint32_t accounts = __atomic_load_n(&profile_header()->accounts, __ATOMIC_ACQUIRE);
	struct snapshot_row sum;
	uint64_t bytes = 0;

	/* An id that was handed out when the file could not grow has no place, and no sum. */
	for (account_id account = 1; account < accounts; account++)
		if (sum_account(account, &sum) &&
		    call_tree_account(&profile.tree, account)->kind == ACCOUNT_HEAP)
			bytes += sum.allocated_bytes - sum.freed_bytes + (uint64_t)sum.slack_bytes;
	return bytes;
}

static bool write_row(struct writer *writer, const struct snapshot_row *sum)
{
	if (writer->page->rows == SNAPSHOT_ROWS_PER_PAGE && !next_page(writer))
		return false;
	writer->page->row[writer->page->rows++] = *sum;
	if (call_tree_account(&profile.tree, sum->account)->kind == ACCOUNT_HEAP) {
		writer->live_bytes += sum->allocated_bytes - sum->freed_bytes;
		writer->live_blocks += sum->allocations - sum->frees;
	}
	return true;
}

/* The head is what makes a snapshot valid, so it comes last. */
static void finish(const struct writer *writer, const char *label)
{
	struct snapshot_page *head = writer->first;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	head->pages = writer->pages;
	head->monotonic_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	head->live_bytes = writer->live_bytes;
	head->live_blocks = writer->live_blocks;
	head->peak_bytes = profile_header()->peak_bytes;
	strncpy(head->label, label, sizeof head->label - 1);
	__atomic_store_n(&head->kind, SNAPSHOT_NAMED, __ATOMIC_RELEASE);
}

bool snapshot_take(const char *label)
{
	struct profile_header *header = profile_header();
	uint32_t accounts = __atomic_load_n(&header->accounts, __ATOMIC_ACQUIRE);
	struct writer writer = {
		.number = __atomic_fetch_add(&header->snapshots, 1, __ATOMIC_RELAXED),
	};
	struct snapshot_row sum;

	total_sample_now();
	if (!next_page(&writer)) {
		journal_note("a snapshot found no room in the profile");
		return false;
	}
	for (account_id account = 1; account < accounts; account++) {
		if (sum_account(account, &sum) && !write_row(&writer, &sum)) {
			journal_note("a snapshot found no room in the profile");
			return false;
		}
	}
	finish(&writer, label ? label : "");
	return true;
}
