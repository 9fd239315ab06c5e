#include "analyzer/reader_parts.h"

#include <string.h>

#include "base/error.h"
#include "profile/once.h"

uint32_t reader_account_limit(const struct page_index *index, const struct profile_header *header)
{
	/* A thread may have been given ids whose page is not published yet. */
	uint64_t pages = page_index_kind(index, PAGE_ACCOUNTS).count + SHARDS_MAX;
	uint64_t limit = pages * ACCOUNTS_PER_PAGE;

	if (limit > header->accounts)
		limit = header->accounts;
	return limit < ACCOUNTS_MAX ? (uint32_t)limit : ACCOUNTS_MAX;
}

enum { ALL_SHARDS = SHARDS_MAX };

struct shard_flags {
	uint8_t flags[SHARDS_MAX];
};

static void keep_name(const struct shard_page *shard, struct profile_data *data)
{
	struct reader_thread *thread = &data->thread_names[data->thread_name_count++];

	thread->id = shard->owner_tid;
	memcpy(thread->name, shard->thread_name, sizeof thread->name);
	thread->name[sizeof thread->name - 1] = '\0';
}

static void read_shard(const struct shard_page *shard, uint32_t number, struct shard_flags *shards,
		       struct profile_data *data)
{
	shards->flags[number] = (uint8_t)shard->flags;
	if (shard->owner_tid && shard->thread_name[0])
		keep_name(shard, data);
	if (shard->flags & SHARD_INHERITED)
		return;
	data->threads += shard->owners;
	for (unsigned i = 0; i < SIZE_CLASSES; i++)
		data->size_class[i] += shard->size_class[i];
}

static void read_shards(struct page_index *index, struct shard_flags *shards,
			struct profile_data *data)
{
	struct page_run run = page_index_kind(index, PAGE_SHARD);
	union { struct shard_page shard; char bytes[PAGE_BYTES]; } copy;

	for (size_t i = 0; i < run.count; i++) {
		const struct indexed_page *page = &run.first[i];

		if (page->owner >= SHARDS_MAX)
			index->damaged_pages++;
		else if (page_index_copy(index, page, &copy))
			read_shard(&copy.shard, page->owner, shards, data);
	}
}

static uint32_t later(uint32_t tick, uint64_t word)
{
	return tick_in(word) > tick ? tick_in(word) : tick;
}

static int64_t net_bytes(struct page_index *index)
{
	struct page_run run = page_index_kind(index, PAGE_SHARD);
	union { struct shard_page shard; char bytes[PAGE_BYTES]; } copy;
	uint64_t sum = 0;

	for (size_t i = 0; i < run.count; i++)
		if (run.first[i].owner < SHARDS_MAX && page_index_copy(index, &run.first[i], &copy))
			sum += (uint64_t)copy.shard.net_bytes;
	return (int64_t)sum;
}

void reader_catch_up(struct page_index *index, struct profile_data *data)
{
	int64_t net = net_bytes(index);

	if (net <= (int64_t)data->header.peak_bytes)
		return;
	data->header.peak_bytes = (uint64_t)net;
	/* An epoch that no counter was touched in: all have what they had then. */
	data->header.moment = moment_next(data->header.moment);
}

/*
 * A counter that was touched since the peak has saved its value of then; any
 * other still has it (docs/ACCOUNTING.md).  Sums are modulo 2^64 until all are
 * in, since one shard's part may be negative.
 */
static void add_counter(struct account_sums *sums, const struct counter *counter,
			uint64_t moment, bool inherited)
{
	uint64_t live_bytes = counter->allocated_bytes - counter->freed_bytes;
	uint64_t live_blocks = counter->allocations - counter->frees;
	bool kept = counter_is_of_epoch(counter, moment);

	sums->live_bytes += live_bytes;
	sums->live_blocks += live_blocks;
	sums->slack_bytes += (uint64_t)counter_slack(counter);
	sums->peak_bytes += kept ? counter->at_peak_bytes : live_bytes;
	sums->peak_blocks += kept ? counter->at_peak_blocks : live_blocks;
	sums->temporaries += counter->temporaries;
	sums->last_allocation = later(sums->last_allocation, counter->epoch_and_allocation);
	sums->last_free = later(sums->last_free, counter->slack_and_free);
	if (inherited)
		return;
	sums->allocations += counter->allocations;
	sums->allocated_bytes += counter->allocated_bytes;
	sums->frees += counter->frees;
	sums->freed_bytes += counter->freed_bytes;
}

static void add_page(struct page_index *index, const struct indexed_page *page, bool inherited,
		     struct profile_data *data)
{
	union { struct counter counter[COUNTERS_PER_PAGE]; char bytes[PAGE_BYTES]; } copy;
	uint64_t first = (uint64_t)page->index * COUNTERS_PER_PAGE;

	if (!page_index_copy(index, page, &copy))
		return;
	for (unsigned i = 0; i < COUNTERS_PER_PAGE && first + i < data->account_count; i++)
		add_counter(&data->accounts[first + i].sums, &copy.counter[i],
			    data->header.moment, inherited);
}

/* Records of accounts that one shard used once; those of `shard` alone, or of ALL_SHARDS. */
static void add_records(struct page_index *index, const struct indexed_page *page, uint32_t shard,
			struct profile_data *data)
{
	union { struct once once[ONCES_PER_PAGE]; char bytes[PAGE_BYTES]; } copy;
	uint64_t first = (uint64_t)page->index * ONCES_PER_PAGE;
	struct counter counter;
	uint32_t owner;

	if (!page_index_copy(index, page, &copy))
		return;
	for (unsigned i = 0; i < ONCES_PER_PAGE && first + i < data->account_count; i++)
		if (once_as_counter(&copy.once[i], &counter, &owner) &&
		    (shard == ALL_SHARDS || shard == owner))
			add_counter(&data->accounts[first + i].sums, &counter,
				    data->header.moment, false);
}

/* Below zero is a value caught between the two halves of an update. */
static uint64_t not_negative(uint64_t value)
{
	return (int64_t)value < 0 ? 0 : value;
}

static void finish(struct account_sums *sums)
{
	uint32_t peak_blocks = (uint32_t)sums->peak_blocks;     /* stored modulo 2^32 */

	sums->live_bytes = not_negative(sums->live_bytes);
	sums->live_blocks = not_negative(sums->live_blocks);
	sums->slack_bytes = not_negative((uint64_t)counter_slack_sum((int64_t)sums->slack_bytes));
	sums->peak_bytes = not_negative(sums->peak_bytes);
	sums->peak_blocks = peak_blocks > UINT32_MAX - UINT16_MAX ? 0 : peak_blocks;
}

/* Whether the page is of accounts that there are, `per_page` of them; else it is damaged. */
static bool is_in_range(struct page_index *index, const struct indexed_page *page, unsigned per_page,
			const struct profile_data *data)
{
	bool in_range = page->owner < SHARDS_MAX &&
			(uint64_t)page->index * per_page < data->account_count;

	index->damaged_pages += !in_range;
	return in_range;
}

static void add_all(struct page_index *index, uint32_t shard, const struct shard_flags *shards,
		    struct profile_data *data)
{
	struct page_run run = page_index_kind(index, PAGE_COUNTERS);

	for (size_t i = 0; i < run.count; i++)
		if (is_in_range(index, &run.first[i], COUNTERS_PER_PAGE, data) &&
		    (shard == ALL_SHARDS || shard == run.first[i].owner))
			add_page(index, &run.first[i],
				 shards->flags[run.first[i].owner] & SHARD_INHERITED, data);
	run = page_index_kind(index, PAGE_ONCES);
	for (size_t i = 0; i < run.count; i++)
		if (is_in_range(index, &run.first[i], ONCES_PER_PAGE, data))
			add_records(index, &run.first[i], shard, data);
}

static int read_counters(struct page_index *index, uint32_t shard, struct arena *arena,
			 struct profile_data *data, struct error *err)
{
	struct shard_flags shards = { { 0 } };

	data->account_count = reader_account_limit(index, &data->header);
	if (!data->account_count)
		data->account_count = 1;
	data->accounts = arena_alloc_array(arena, data->account_count, sizeof *data->accounts);
	data->thread_names = arena_alloc_array(arena, page_index_kind(index, PAGE_SHARD).count,
					       sizeof *data->thread_names);
	if (!data->accounts || !data->thread_names)
		return reader_no_memory(err);
	read_shards(index, &shards, data);
	reader_catch_up(index, data);
	add_all(index, shard, &shards, data);
	for (uint32_t i = 0; i < data->account_count; i++)
		finish(&data->accounts[i].sums);
	return 0;
}

int reader_counters(struct page_index *index, struct arena *arena, struct profile_data *data,
		    struct error *err)
{
	return read_counters(index, ALL_SHARDS, arena, data, err);
}

int reader_shard_counters(struct page_index *index, uint32_t shard, struct arena *arena,
			  struct profile_data *data, struct error *err)
{
	return read_counters(index, shard, arena, data, err);
}
