#include "analyzer/reader_parts.h"

#include <string.h>

#include "base/error.h"

/*
 * Samples are thinned in place under a sequence lock.  We copy, look whether
 * the sequence stood still, and try again; after RETRIES (a program killed in
 * the middle of thinning) we take what is there and keep only what ascends.
 */
enum { RETRIES = 50 };

union sample_page {
	struct heap_sample heap[SAMPLES_PER_PAGE];
	struct rss_sample rss[SAMPLES_PER_PAGE];
	char bytes[PAGE_BYTES];
};

/* Both kinds are 32 bytes and begin with the time. */
static size_t copy_samples(struct page_index *index, enum page_kind kind, uint32_t count,
			   union sample_page *pages)
{
	struct page_run run = page_index_kind(index, kind);
	size_t have = 0;

	for (size_t i = 0; i < run.count && i < SAMPLE_PAGES && run.first[i].index == i; i++) {
		if (!page_index_copy(index, &run.first[i], &pages[i]))
			break;
		have += SAMPLES_PER_PAGE;
	}
	return count < have ? count : have;
}

struct series {
	enum page_kind kind;
	uint32_t sequence, count;
};

static struct series series_of(const struct profile_header *header, enum page_kind kind)
{
	if (kind == PAGE_SAMPLES)
		return (struct series){ kind, header->samples_sequence, header->samples };
	return (struct series){ kind, header->rss_samples_sequence, header->rss_samples };
}

static int copy_series(struct page_index *index, enum page_kind kind, union sample_page *pages,
		       size_t *count, struct error *err)
{
	struct profile_header header;

	if (page_index_header(index, &header, err))
		return err->code;
	struct series before = series_of(&header, kind);

	for (int retry = 0; retry < RETRIES; retry++) {
		*count = copy_samples(index, kind, before.count, pages);
		if (page_index_header(index, &header, err))
			return err->code;
		struct series after = series_of(&header, kind);

		if (after.sequence == before.sequence && after.sequence % 2 == 0)
			break;
		before = after;
	}
	return 0;
}

/* Drop what does not come after the sample before it: half-written or thinned half-way. */
static size_t keep_ascending(union sample_page *pages, size_t count)
{
	struct rss_sample *sample = pages->rss;
	uint64_t newest = 0;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		if (sample[i].monotonic_ns <= newest)
			continue;
		newest = sample[i].monotonic_ns;
		sample[kept++] = sample[i];
	}
	return kept;
}

static int read_series(struct page_index *index, struct arena *arena, enum page_kind kind,
		       union sample_page **pages, size_t *count, struct error *err)
{
	*pages = arena_alloc_array(arena, SAMPLE_PAGES, sizeof **pages);
	if (!*pages)
		return reader_no_memory(err);
	if (copy_series(index, kind, *pages, count, err))
		return err->code;
	*count = keep_ascending(*pages, *count);
	return 0;
}

int reader_samples(struct page_index *index, struct arena *arena, struct profile_data *data,
		   struct error *err)
{
	union sample_page *heap, *rss;

	if (read_series(index, arena, PAGE_SAMPLES, &heap, &data->sample_count, err) ||
	    read_series(index, arena, PAGE_RSS, &rss, &data->rss_count, err))
		return err->code;
	data->samples = heap->heap;
	data->rss = rss->rss;
	return 0;
}
