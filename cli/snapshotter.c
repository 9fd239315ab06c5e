#include "cli/snapshotter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/profile_map.h"
#include "profile/once.h"

static const uint64_t EVERY_FIRST_NS = 1000000000;
/* All automatic snapshots together: these pages, or this part of the profile if that is more. */
enum { BUDGET_PAGES = 1024, BUDGET_PART = 4 };

struct page_list {
	uint32_t *items;
	size_t count, capacity;
};

struct snapshotter {
	struct profile_map *map;
	struct pages *pages;
	uint64_t every_ns, next_ns;
	bool bounded;
	struct page_list kept[SNAPSHOTS_KEPT];  /* pages of each, oldest first */
	size_t kept_count;
	struct page_list free;                  /* given up, in the directory as PAGE_FREE */
	struct snapshot_row *sums;              /* scratch: one an account */
	size_t sums_capacity;
};

/* --- Pages ------------------------------------------------------------------ */

static bool list_add(struct page_list *list, uint32_t page)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 16;
		uint32_t *items = realloc(list->items, capacity * sizeof *items);

		if (!items)
			return false;
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->count++] = page;
	return true;
}

static void list_release(struct page_list *list)
{
	free(list->items);
	*list = (struct page_list){ 0 };
}

/* 0: the profile is full. */
static uint32_t take_page(struct snapshotter *snapshotter)
{
	if (snapshotter->free.count)
		return snapshotter->free.items[--snapshotter->free.count];
	return pages_take(snapshotter->pages);
}

/* Readers see a snapshot whose head has no kind as one that is still being written. */
static void give_up(struct snapshotter *snapshotter, struct page_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct snapshot_page *page = page_at(snapshotter->pages, list->items[i]);

		__atomic_store_n(&page->kind, 0, __ATOMIC_RELEASE);
		pages_publish(snapshotter->pages, list->items[i], PAGE_FREE, 0, 0);
		list_add(&snapshotter->free, list->items[i]);
	}
	list_release(list);
}

static size_t pages_kept(const struct snapshotter *snapshotter)
{
	size_t sum = 0;

	for (size_t i = 0; i < snapshotter->kept_count; i++)
		sum += snapshotter->kept[i].count;
	return sum;
}

static size_t budget(const struct snapshotter *snapshotter)
{
	uint32_t share = snapshotter->pages->header->pages_used / BUDGET_PART;

	return share > BUDGET_PAGES ? share : BUDGET_PAGES;
}

/* Give every second one up and halve the pace. */
static void thin(struct snapshotter *snapshotter)
{
	size_t kept = 0;

	for (size_t i = 0; i < snapshotter->kept_count; i++)
		if (i % 2 == 0)
			give_up(snapshotter, &snapshotter->kept[i]);
		else
			snapshotter->kept[kept++] = snapshotter->kept[i];
	for (size_t i = kept; i < snapshotter->kept_count; i++)
		snapshotter->kept[i] = (struct page_list){ 0 };
	snapshotter->kept_count = kept;
	snapshotter->every_ns *= 2;
}

/* False: there is no room for `pages` more, however many are given up. */
static bool make_room(struct snapshotter *snapshotter, size_t pages)
{
	if (!snapshotter->bounded)
		return true;
	while (snapshotter->kept_count == SNAPSHOTS_KEPT ||
	       (snapshotter->kept_count && pages_kept(snapshotter) + pages > budget(snapshotter)))
		thin(snapshotter);
	return pages <= budget(snapshotter);
}

/* --- Sums ------------------------------------------------------------------- */

static bool clear_sums(struct snapshotter *snapshotter, uint32_t accounts)
{
	if (accounts > snapshotter->sums_capacity) {
		struct snapshot_row *sums = realloc(snapshotter->sums, accounts * 2 * sizeof *sums);

		if (!sums)
			return false;
		snapshotter->sums = sums;
		snapshotter->sums_capacity = (size_t)accounts * 2;
	}
	if (accounts)
		memset(snapshotter->sums, 0, accounts * sizeof *snapshotter->sums);
	return true;
}

static void add_counter(struct snapshot_row *sum, const struct counter *counter)
{
	sum->allocations += counter->allocations;
	sum->allocated_bytes += counter->allocated_bytes;
	sum->frees += counter->frees;
	sum->freed_bytes += counter->freed_bytes;
	sum->slack_bytes = counter_slack_sum(sum->slack_bytes + counter_slack(counter));
	sum->temporaries += counter->temporaries;
}

static void add_page(struct snapshotter *snapshotter, uint32_t accounts,
		     const struct page_entry *entry, const struct counter *counters)
{
	for (uint64_t i = 0; i < COUNTERS_PER_PAGE; i++) {
		uint64_t account = (uint64_t)entry->index * COUNTERS_PER_PAGE + i;

		if (account < accounts)
			add_counter(&snapshotter->sums[account], &counters[i]);
	}
}

static void add_records(struct snapshotter *snapshotter, uint32_t accounts,
			const struct page_entry *entry, const struct once *onces)
{
	struct counter counter;
	uint32_t shard;

	for (uint64_t i = 0; i < ONCES_PER_PAGE; i++) {
		uint64_t account = (uint64_t)entry->index * ONCES_PER_PAGE + i;

		if (account < accounts && once_as_counter(&onces[i], &counter, &shard))
			add_counter(&snapshotter->sums[account], &counter);
	}
}

/* Add every shard's counters up, by account. */
static void add_counters(struct snapshotter *snapshotter, uint32_t accounts)
{
	uint32_t visible = profile_map_visible(snapshotter->map);

	for (uint32_t page = HEADER_PAGE; page < visible; page++) {
		const struct page_entry *entry = page_entry_of(snapshotter->pages, page);
		uint32_t kind = __atomic_load_n(&entry->kind, __ATOMIC_ACQUIRE);

		if (page % PAGES_PER_EXTENT == 0)
			continue;
		if (kind == PAGE_COUNTERS)
			add_page(snapshotter, accounts, entry, page_at(snapshotter->pages, page));
		else if (kind == PAGE_ONCES)
			add_records(snapshotter, accounts, entry, page_at(snapshotter->pages, page));
	}
}

/* Move the sums that are not zero to the front, each with its account; returns how many. */
static size_t pack_sums(struct snapshot_row *sums, uint32_t accounts)
{
	size_t rows = 0;

	for (uint32_t account = 1; account < accounts; account++)
		if (sums[account].allocations || sums[account].frees) {
			sums[rows] = sums[account];
			sums[rows++].account = account;
		}
	return rows;
}

/* --- A snapshot ------------------------------------------------------------- */

static void fill_page(struct snapshot_page *page, const struct snapshot_row *rows, size_t count)
{
	memset(page, 0, sizeof *page);
	page->rows = (uint32_t)count;
	if (count)
		memcpy(page->row, rows, count * sizeof *rows);
}

/* All pages but the head's last words. */
static bool write_pages(struct snapshotter *snapshotter, uint32_t number, size_t rows,
			struct page_list *list)
{
	size_t done = 0;

	do {
		size_t count = rows - done < SNAPSHOT_ROWS_PER_PAGE ? rows - done : SNAPSHOT_ROWS_PER_PAGE;
		uint32_t page = take_page(snapshotter);

		if (!page || !list_add(list, page))
			return false;
		fill_page(page_at(snapshotter->pages, page), snapshotter->sums + done, count);
		pages_publish(snapshotter->pages, page, PAGE_SNAPSHOT, number, (uint32_t)list->count - 1);
		done += count;
	} while (done < rows);
	return true;
}

/* The heap's live blocks: the header's shards know them without asking for kinds of accounts. */
static void sum_live(const struct snapshotter *snapshotter, struct snapshot_page *head)
{
	uint32_t visible = profile_map_visible(snapshotter->map);

	for (uint32_t page = HEADER_PAGE; page < visible; page++) {
		const struct shard_page *shard = page_at(snapshotter->pages, page);

		if (page % PAGES_PER_EXTENT == 0 ||
		    page_entry_of(snapshotter->pages, page)->kind != PAGE_SHARD)
			continue;
		head->live_bytes += (uint64_t)shard->net_bytes;
		head->live_blocks += (uint64_t)shard->net_blocks;
	}
}

/* What a snapshot is called: by its time, "12.500s", when nobody gave it a name. */
struct naming {
	enum snapshot_kind kind;
	const char *label;
	uint64_t now_ns;
};

/* The head is what makes a snapshot valid, so it comes last. */
static void finish(const struct snapshotter *snapshotter, uint32_t head_page, size_t pages,
		   const struct naming *naming)
{
	struct snapshot_page *head = page_at(snapshotter->pages, head_page);
	const struct profile_header *header = snapshotter->pages->header;
	uint64_t start_ns = header->start_monotonic_ns;
	uint64_t age_ns = naming->now_ns > start_ns ? naming->now_ns - start_ns : 0;

	head->pages = (uint32_t)pages;
	head->monotonic_ns = naming->now_ns;
	sum_live(snapshotter, head);
	head->peak_bytes = header->peak_bytes;
	if (head->peak_bytes < head->live_bytes)        /* a heap that rises is at its peak */
		head->peak_bytes = head->live_bytes;
	if (naming->label)
		snprintf(head->label, sizeof head->label, "%s", naming->label);
	else
		snprintf(head->label, sizeof head->label, "%.3fs", (double)age_ns / 1e9);
	__atomic_store_n(&head->kind, naming->kind, __ATOMIC_RELEASE);
}

/* False: there was no room. */
static bool take(struct snapshotter *snapshotter, const struct naming *naming)
{
	struct profile_header *header = snapshotter->pages->header;
	uint32_t accounts = __atomic_load_n(&header->accounts, __ATOMIC_ACQUIRE);
	struct page_list list = { 0 };

	if (accounts > ACCOUNTS_MAX || !clear_sums(snapshotter, accounts))
		return false;
	add_counters(snapshotter, accounts);
	size_t rows = pack_sums(snapshotter->sums, accounts);

	if (!make_room(snapshotter, rows / SNAPSHOT_ROWS_PER_PAGE + 1))
		return false;
	uint32_t number = __atomic_fetch_add(&header->snapshots, 1, __ATOMIC_RELAXED);

	if (!write_pages(snapshotter, number, rows, &list)) {
		give_up(snapshotter, &list);
		return false;
	}
	finish(snapshotter, list.items[0], list.count, naming);
	if (snapshotter->bounded)
		snapshotter->kept[snapshotter->kept_count++] = list;
	else
		list_release(&list);
	return true;
}

struct snapshotter *snapshotter_open(int fd, uint64_t every_ns, uint64_t now_ns)
{
	struct snapshotter *snapshotter = calloc(1, sizeof *snapshotter);

	if (!snapshotter)
		return NULL;
	snapshotter->map = profile_map_open(fd);
	if (!snapshotter->map) {
		free(snapshotter);
		return NULL;
	}
	snapshotter->pages = profile_map_pages(snapshotter->map);
	snapshotter->bounded = every_ns == 0;
	snapshotter->every_ns = every_ns ? every_ns : EVERY_FIRST_NS;
	snapshotter->next_ns = now_ns + snapshotter->every_ns;
	return snapshotter;
}

uint64_t snapshotter_tick(struct snapshotter *snapshotter, uint64_t now_ns)
{
	if (!snapshotter)
		return UINT64_MAX;
	if (now_ns >= snapshotter->next_ns) {
		take(snapshotter, &(struct naming){ SNAPSHOT_AUTOMATIC, NULL, now_ns });
		snapshotter->next_ns = now_ns + snapshotter->every_ns;
	}
	return snapshotter->next_ns;
}

void snapshotter_close(struct snapshotter *snapshotter)
{
	if (!snapshotter)
		return;
	for (size_t i = 0; i < snapshotter->kept_count; i++)
		list_release(&snapshotter->kept[i]);
	list_release(&snapshotter->free);
	free(snapshotter->sums);
	profile_map_close(snapshotter->map);
	free(snapshotter);
}

bool snapshotter_take_named(int fd, const char *label, uint64_t now_ns)
{
	struct snapshotter *snapshotter = snapshotter_open(fd, 1, now_ns);
	bool taken = snapshotter &&
		     take(snapshotter, &(struct naming){ SNAPSHOT_NAMED, label, now_ns });

	snapshotter_close(snapshotter);
	return taken;
}
