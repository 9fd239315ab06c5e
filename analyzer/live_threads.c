#include "analyzer/live_parts.h"

#include <string.h>

static void add_thread(struct live_threads *threads, uint32_t number, const struct shard_page *shard)
{
	struct live_thread *thread = &threads->items[threads->count];

	*thread = (struct live_thread){
		.shard = number, .tid = shard->owner_tid,
		.net_bytes = shard->net_bytes, .allocations = shard->allocations,
	};
	memcpy(thread->name, shard->thread_name, sizeof thread->name);
	thread->name[sizeof thread->name - 1] = '\0';
	threads->count++;
}

/* What is inherited by a fork is live, but no event of this process. */
static void add_totals(struct live_totals *totals, const struct shard_page *shard)
{
	totals->live_bytes += (uint64_t)shard->net_bytes;
	totals->live_blocks += (uint64_t)shard->net_blocks;
	totals->mapped_bytes += (uint64_t)shard->mapped_bytes;
	if (shard->flags & SHARD_INHERITED)
		return;
	totals->allocations += shard->allocations;
	totals->allocated_bytes += shard->allocated_bytes;
	totals->threads += shard->owner_tid != 0;
}

static uint64_t not_negative(uint64_t value)
{
	return (int64_t)value < 0 ? 0 : value;
}

void live_threads_read(struct page_index *index, struct live_threads *threads,
		       struct live_totals *totals)
{
	struct page_run run = page_index_kind(index, PAGE_SHARD);
	union { struct shard_page shard; char bytes[PAGE_BYTES]; } copy;

	threads->count = 0;
	*totals = (struct live_totals){ .rss_bytes = VIEW_NOT_KNOWN };
	for (size_t i = 0; i < run.count && threads->count < SHARDS_MAX; i++) {
		if (run.first[i].owner >= SHARDS_MAX || !page_index_copy(index, &run.first[i], &copy))
			continue;
		add_totals(totals, &copy.shard);
		if (!(copy.shard.flags & SHARD_INHERITED) && copy.shard.owners)
			add_thread(threads, run.first[i].owner, &copy.shard);
	}
	totals->live_bytes = not_negative(totals->live_bytes);
	totals->live_blocks = not_negative(totals->live_blocks);
	totals->mapped_bytes = not_negative(totals->mapped_bytes);
}
