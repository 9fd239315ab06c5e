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
static int read_check(struct page_index *index, struct page_run pages, uint32_t accounts,
		      struct reader_leak_check *check)
{
	union leak_copy copy;

	if (pages.first->index != 0)
		return 0;
	if (!page_index_copy(index, pages.first, &copy) || !head_is_sound(&copy.head, pages.count))
		return -1;
	check->head = copy.head;
	check->head.label[sizeof check->head.label - 1] = '\0';
	for (size_t i = 1; i < pages.count; i++)
		if (pages.first[i].index != i || !page_index_copy(index, &pages.first[i], &copy) ||
		    !add_rows(check, &copy.page, accounts))
			return -1;
	return check->row_count == check->head.rows ? 1 : -1;
}

static int add_check(struct page_index *index, struct page_run pages,
		     struct arena *arena, struct profile_data *data, struct error *err)
{
	struct reader_leak_check *check = &data->leak_checks[data->leak_check_count];

	*check = (struct reader_leak_check){ .number = pages.first->owner };
	check->rows = arena_alloc_array(arena, pages.count * LEAK_ROWS_PER_PAGE, sizeof *check->rows);
	if (!check->rows)
		return reader_no_memory(err);
	int whole = read_check(index, pages, data->account_count, check);

	if (whole > 0)
		data->leak_check_count++;
	else if (whole < 0)
		index->damaged_pages += pages.count;
	return 0;
}

int reader_leaks(struct page_index *index, struct arena *arena, struct profile_data *data,
		 struct error *err)
{
	struct page_run run = page_index_kind(index, PAGE_LEAKS), part;

	data->leak_checks = arena_alloc_array(arena, run.count, sizeof *data->leak_checks);
	if (!data->leak_checks)
		return reader_no_memory(err);
	for (size_t at = 0; (part = page_run_owner(run, at)).count; at += part.count)
		if (add_check(index, part, arena, data, err))
			return err->code;
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
