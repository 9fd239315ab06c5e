#include "analyzer/rank.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/dataset.h"
#include "analyzer/fill.h"
#include "analyzer/group.h"
#include "analyzer/load.h"
#include "base/error.h"

struct order {
	const struct call_frames *frames;
	bool by_count;
};

static bool is_counted(enum metric metric)
{
	return metric == METRIC_COUNT || metric == METRIC_TEMPORARY;
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_symbols(const struct frame_symbol *a, const struct frame_symbol *b)
{
	int order = compare_texts(a->file, b->file);

	if (!order)
		order = a->line < b->line ? -1 : a->line > b->line;
	if (!order)
		order = compare_texts(a->function, b->function);
	if (!order)
		order = compare_texts(a->module, b->module);
	return order ? order : a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a > b ? -1 : a < b;
}

/* Largest first; equal rows by name, so that a report is the same each time. */
static int compare_rows(const void *a, const void *b, void *context)
{
	const struct query_row *x = a, *y = b;
	const struct order *order = context;
	int bytes = compare_numbers(x->bytes, y->bytes);
	int count = compare_numbers(x->count, y->count);
	int result = order->by_count ? count : bytes;

	if (!result)
		result = order->by_count ? bytes : count;
	if (!result)
		result = compare_symbols(&order->frames->symbols[x->frame],
					 &order->frames->symbols[y->frame]);
	return result ? result : -compare_numbers(x->group, y->group);
}

static double share_of(const struct query_row *row, const struct view_total *total, bool by_count)
{
	uint64_t part = by_count ? row->count : row->bytes;
	uint64_t whole = by_count ? total->count : total->bytes;

	return whole ? (double)part / (double)whole : 0;
}

static void fill_row(struct fill *fill, const struct query_row *row, enum grouping by,
		     struct view_row *shown)
{
	shown->bytes = row->bytes;
	shown->count = row->count;
	shown->usable_bytes = row->usable_bytes;
	shown->frame = fill_frame(fill, row->frame);
	shown->name = fill_name(fill, by, row->frame, row->dag_node);
	shown->node = by == BY_NODE && row->dag_node ? shown->name : NULL;
	if (by == BY_LINE || by == BY_STACK)
		fill_source(fill, &shown->frame);
	if (by == BY_STACK)
		shown->stack = fill_stack(fill, row->stack, &shown->stack_frames);
}

static void add_other(struct view_top *view, const struct query_row *row)
{
	view->other_rows++;
	view->other.bytes += row->bytes;
	view->other.count += row->count;
	view->other.usable_bytes += row->usable_bytes;
}

static void fill_rows(struct fill *fill, const struct query_options *options,
		      const struct query_result *result, struct view_top *view)
{
	size_t shown = options->limit && options->limit < result->count ? options->limit
									 : result->count;

	view->rows = fill_array(fill, shown, sizeof *view->rows);
	view->row_count = view->rows ? shown : 0;
	for (size_t i = 0; i < view->row_count; i++) {
		view->rows[i].rank = i + 1;
		view->rows[i].share = share_of(&result->rows[i], &result->total,
					       is_counted(options->metric));
		fill_row(fill, &result->rows[i], options->by, &view->rows[i]);
	}
	for (size_t i = shown; i < result->count; i++)
		add_other(view, &result->rows[i]);
}

static int fill_view(struct dataset *data, const struct query_options *options,
		     const struct query_result *result, struct view_top *view, struct error *err)
{
	const struct loaded *loaded = dataset_loaded(data);
	struct order order = { &loaded->frames, is_counted(options->metric) };
	struct fill fill;

	qsort_r(result->rows, result->count, sizeof *result->rows, compare_rows, &order);
	fill_init(&fill, loaded, &view->arena);
	view->process = fill_process(&fill, &loaded->process);
	view->quality = fill_quality(&fill);
	view->metric = options->metric;
	view->by = options->by;
	view->at = fill_text(&fill, result->at);
	view->total = result->total;
	view->peak_bytes = loaded->peak_bytes;
	view->peak_bound_bytes = loaded->peak_bound_bytes;
	fill_rows(&fill, options, result, view);
	fill_release(&fill);
	return fill.failed ? error_set(err, ERROR_NO_MEMORY, "no memory for the report") : 0;
}

int rank_top(struct dataset *data, const struct query_options *options, struct view_top *view,
	     struct error *err)
{
	struct view_top filled = { .arena = ARENA_INIT };
	struct arena arena = ARENA_INIT;
	struct query_result result;
	struct groups groups;
	int status;

	groups_init(&groups);
	status = query_run(data, options, &groups, &arena, &result, err);
	if (!status)
		status = fill_view(data, options, &result, &filled, err);
	if (!status)
		*view = filled;
	else
		view_top_free(&filled);
	groups_release(&groups);
	arena_release(&arena);
	return status;
}
