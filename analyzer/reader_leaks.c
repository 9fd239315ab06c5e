#include <string.h>

#include "analyzer/reader_parts.h"
#include "base/error.h"

/*
 * A check is believed as a whole or not at all: a report with holes would lie.
 * Pages without a page 0 are those of a check whose process was killed.
 */

union leak_copy {
	struct leak_head head;
	struct leak_page page;
	char bytes[PAGE_BYTES];
};

static size_t pages_of_owner(struct page_run run, size_t from)
{
	size_t to = from;

	while (to < run.count && run.first[to].owner == run.first[from].owner)
		to++;
	return to - from;
}

static bool head_is_sound(const struct leak_head *head, size_t pages)
{
	return head->pages == pages && head->reason >= LEAK_AT_EXIT &&
	       head->reason <= LEAK_AT_SNAPSHOT && head->status <= LEAK_DIED &&
	       head->rows <= (pages - 1) * LEAK_ROWS_PER_PAGE;
}

static bool row_is_sound(const struct leak_row *row, uint32_t accounts)
{
	if (row->account >= accounts || row->holder_account >= accounts ||
	    row->verdict < VERDICT_DEFINITE || row->verdict >= HEAP_VERDICTS ||
	    row->holder >= LEAK_HOLDERS || row->steps > LEAK_STEPS_MAX)
		return false;
	for (unsigned i = 0; i < row->steps; i++)
		if (row->path[i].account >= accounts)
			return false;
	return (int64_t)(row->blocks | row->bytes | row->usable_bytes) >= 0;
}

static bool add_rows(struct reader_leak_check *check, const struct leak_page *page, uint32_t accounts)
{
	if (page->rows > LEAK_ROWS_PER_PAGE)
		return false;
	for (uint32_t i = 0; i < page->rows; i++) {
		if (!row_is_sound(&page->row[i], accounts))
			return false;
		check->rows[check->row_count++] = page->row[i];
	}
	return true;
}

/* 1: whole; 0: never finished; -1: wrong. */
static int read_check(struct page_index *index, const struct indexed_page *first, size_t count,
		      uint32_t accounts, struct reader_leak_check *check)
{
	union leak_copy copy;

	if (first->index != 0)
		return 0;
	if (!page_index_copy(index, first, &copy) || !head_is_sound(&copy.head, count))
		return -1;
	check->head = copy.head;
	check->head.label[sizeof check->head.label - 1] = '\0';
	for (size_t i = 1; i < count; i++)
		if (first[i].index != i || !page_index_copy(index, &first[i], &copy) ||
		    !add_rows(check, &copy.page, accounts))
			return -1;
	return check->row_count == check->head.rows ? 1 : -1;
}

static int add_check(struct page_index *index, const struct indexed_page *first, size_t count,
		     struct arena *arena, struct profile_data *data, struct error *err)
{
	struct reader_leak_check *check = &data->leak_checks[data->leak_check_count];

	*check = (struct reader_leak_check){ .number = first->owner };
	check->rows = arena_alloc_array(arena, count * LEAK_ROWS_PER_PAGE, sizeof *check->rows);
	if (!check->rows)
		return reader_no_memory(err);
	int whole = read_check(index, first, count, data->account_count, check);

	if (whole > 0)
		data->leak_check_count++;
	else if (whole < 0)
		index->damaged_pages += count;
	return 0;
}

int reader_leaks(struct page_index *index, struct arena *arena, struct profile_data *data,
		 struct error *err)
{
	struct page_run run = page_index_kind(index, PAGE_LEAKS);

	data->leak_checks = arena_alloc_array(arena, run.count, sizeof *data->leak_checks);
	if (!data->leak_checks)
		return reader_no_memory(err);
	for (size_t i = 0; i < run.count;) {
		size_t count = pages_of_owner(run, i);

		if (add_check(index, &run.first[i], count, arena, data, err))
			return err->code;
		i += count;
	}
	return 0;
}

/* A place in a module that was never announced keeps its address. */
void reader_leaks_modules(struct profile_data *data)
{
	for (size_t c = 0; c < data->leak_check_count; c++)
		for (size_t i = 0; i < data->leak_checks[c].row_count; i++) {
			struct leak_row *row = &data->leak_checks[c].rows[i];
			uint32_t module = PLACE_MODULE(row->holder_place);

			if (module >= data->module_count || !data->modules[module].path)
				row->holder_place = PLACE(MODULE_NONE, PLACE_ADDRESS(row->holder_place));
		}
}
