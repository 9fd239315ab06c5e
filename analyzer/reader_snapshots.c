#include "analyzer/reader_parts.h"

#include <string.h>

#include "base/error.h"

union snapshot_copy {
	struct snapshot_page page;
	char bytes[PAGE_BYTES];
};

static bool add_rows(struct reader_snapshot *snapshot, const struct snapshot_page *page,
		     uint32_t accounts)
{
	if (page->rows > SNAPSHOT_ROWS_PER_PAGE)
		return false;
	for (uint32_t i = 0; i < page->rows; i++) {
		if (page->row[i].account >= accounts)
			return false;
		snapshot->rows[snapshot->row_count++] = page->row[i];
	}
	return true;
}

static void read_head(struct reader_snapshot *snapshot, const struct snapshot_page *head)
{
	snapshot->kind = head->kind;
	snapshot->monotonic_ns = head->monotonic_ns;
	snapshot->live_bytes = head->live_bytes;
	snapshot->live_blocks = head->live_blocks;
	snapshot->peak_bytes = head->peak_bytes;
	memcpy(snapshot->label, head->label, sizeof snapshot->label);
	snapshot->label[sizeof snapshot->label - 1] = '\0';
}

/*
 * Read the snapshot that consists of `pages`.  Returns 1 when it is
 * whole, 0 when it is still being written, -1 when a page is missing or wrong:
 * a snapshot with holes would lie.
 */
static int read_snapshot(struct page_index *index, struct page_run pages, uint32_t accounts,
			 struct reader_snapshot *snapshot)
{
	union snapshot_copy copy;

	if (pages.first->index != 0)
		return -1;
	if (!page_index_copy(index, pages.first, &copy))
		return -1;
	if (!copy.page.kind)
		return 0;
	if (copy.page.kind > SNAPSHOT_RUN || copy.page.pages != pages.count)
		return -1;
	read_head(snapshot, &copy.page);
	for (size_t i = 0; i < pages.count; i++) {
		if (i && (pages.first[i].index != i || !page_index_copy(index, &pages.first[i], &copy)))
			return -1;
		if (!add_rows(snapshot, &copy.page, accounts))
			return -1;
	}
	return 1;
}

static int add_snapshot(struct page_index *index, struct page_run pages,
			struct arena *arena, struct profile_data *data, struct error *err)
{
	struct reader_snapshot *snapshot = &data->snapshots[data->snapshot_count];

	*snapshot = (struct reader_snapshot){ .number = pages.first->owner };
	snapshot->rows = arena_alloc_array(arena, pages.count * SNAPSHOT_ROWS_PER_PAGE,
					   sizeof *snapshot->rows);
	if (!snapshot->rows)
		return reader_no_memory(err);
	int whole = read_snapshot(index, pages, data->account_count, snapshot);

	if (whole > 0)
		data->snapshot_count++;
	else if (whole < 0)
		index->damaged_pages += pages.count;
	return 0;
}

int reader_snapshots(struct page_index *index, struct arena *arena, struct profile_data *data,
		     struct error *err)
{
	struct page_run run = page_index_kind(index, PAGE_SNAPSHOT), part;

	data->snapshots = arena_alloc_array(arena, run.count, sizeof *data->snapshots);
	if (!data->snapshots)
		return reader_no_memory(err);
	for (size_t at = 0; (part = page_run_owner(run, at)).count; at += part.count)
		if (add_snapshot(index, part, arena, data, err))
			return err->code;
	return 0;
}
