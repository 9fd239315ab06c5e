#include "analyzer/reader.h"

#include "analyzer/process.h"
#include "analyzer/reader_parts.h"
#include "base/error.h"

int reader_no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the profile");
}

/* Texts that we print must end, whatever the file says. */
static void terminate_texts(struct profile_header *header)
{
	header->allocator[sizeof header->allocator - 1] = '\0';
	header->tracer_version[sizeof header->tracer_version - 1] = '\0';
	header->boot_id[sizeof header->boot_id - 1] = '\0';
}

static int read_header(struct page_index *index, struct profile_data *data, struct error *err)
{
	if (page_index_header(index, &data->header, err))
		return err->code;
	terminate_texts(&data->header);
	data->file_bytes = index->file_bytes;
	data->state = process_state(&data->header);
	return 0;
}

/*
 * A running program writes nodes, then the accounts of those, then counters:
 * so we read counters first, and look for new pages in between.  What a
 * counter names has then been written before we look for it.
 */
static int read_all(struct page_index *index, struct arena *arena, struct profile_data *data,
		    struct error *err)
{
	if (read_header(index, data, err) ||
	    reader_counters(index, arena, data, err) ||
	    reader_snapshots(index, arena, data, err) ||
	    reader_leaks(index, arena, data, err) ||
	    page_index_refresh(index, err))
		return err->code;
	reader_accounts(index, data);
	if (page_index_refresh(index, err) ||
	    page_index_header(index, &data->header, err) ||
	    reader_nodes(index, arena, data, err) ||
	    page_index_refresh(index, err) ||
	    reader_journal(index, arena, data, err) ||
	    reader_dag(index, arena, data, err) ||
	    reader_samples(index, arena, data, err))
		return err->code;
	reader_catch_up(index, data);
	reader_leaks_modules(data);
	terminate_texts(&data->header);
	data->pages_damaged = index->damaged_entries + index->damaged_pages;
	return 0;
}

static int read_head(struct page_index *index, struct arena *arena, struct profile_data *data,
		     struct error *err)
{
	if (read_header(index, data, err) || reader_journal(index, arena, data, err))
		return err->code;
	reader_catch_up(index, data);
	return 0;
}

typedef int read_fn(struct page_index *, struct arena *, struct profile_data *, struct error *);

static int read_with(read_fn *read, const char *path, struct arena *arena,
		     struct profile_data *data, struct error *err)
{
	struct page_index index;
	struct profile_data read_data = { .file_bytes = 0 };
	int result = page_index_open(&index, path, err);

	if (!result)
		result = read(&index, arena, &read_data, err);
	if (!result)
		*data = read_data;
	else
		error_context(err, "%s", path);
	page_index_release(&index);
	return result;
}

int reader_read(const char *path, struct arena *arena, struct profile_data *data,
		struct error *err)
{
	return read_with(read_all, path, arena, data, err);
}

int reader_read_head(const char *path, struct arena *arena, struct profile_data *data,
		     struct error *err)
{
	return read_with(read_head, path, arena, data, err);
}
