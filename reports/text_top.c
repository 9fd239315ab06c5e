/* text_top: the rows that hold most, in the form of tracemalloc's examples. */
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "reports/clean.h"
#include "reports/names.h"
#include "reports/place.h"
#include "reports/text.h"

/* "live at exit", "live at after-load", "allocated in all", ... */
static void print_moment(const struct view_top *view, FILE *out)
{
	static const char *const WORDS[METRICS] = {
		[METRIC_LIVE] = "live",
		[METRIC_TOTAL] = "allocated until",
		[METRIC_COUNT] = "allocations until",
		[METRIC_TEMPORARY] = "temporary allocations until",
		[METRIC_MAPPED] = "mapped",
		[METRIC_POOL] = "live in pools",
	};
	const char *at = view->at ? view->at : "exit";

	if (view->metric == METRIC_PEAK || strcmp(at, "peak") == 0) {
		fputs("live at the peak", out);
		return;
	}
	bool is_state = view->metric == METRIC_LIVE || view->metric == METRIC_MAPPED ||
			view->metric == METRIC_POOL;

	fprintf(out, "%s%s ", WORDS[view->metric], is_state && strcmp(at, "now") != 0 ? " at" : "");
	clean_print(at, out);
}

static void print_amount(enum metric metric, uint64_t bytes, uint64_t count, FILE *out)
{
	if (metric_counts(metric))
		fprintf(out, "%" PRIu64, count);
	else
		fputs(units_kib(bytes).text, out);
}

/* "#1: model/state.c:447: 33468.3 KiB", and for stacks "#1: 12 memory blocks: 33468.3 KiB". */
static void print_row(const struct view_top *view, const struct view_row *row,
		      const struct report_options *options, FILE *out)
{
	fprintf(out, "#%" PRIu64 ": %s", row->rank, text_bold(options));
	if (row->stack)
		fprintf(out, "%" PRIu64 " memory blocks", row->count);
	else
		place_print(&row->frame, row->name, view->by, options, out);
	fprintf(out, "%s: ", text_plain(options));
	print_amount(view->metric, row->bytes, row->count, out);
	fputc('\n', out);
	if (row->stack)
		place_print_stack(row->stack, row->stack_frames, options, out);
	else if (view->by == BY_LINE)
		place_print_source(&row->frame, options, out);
}

static void print_total(const struct view_top *view, FILE *out)
{
	if (view->other_rows) {
		fprintf(out, "%" PRIu64 " other: ", view->other_rows);
		print_amount(view->metric, view->other.bytes, view->other.count, out);
		fputc('\n', out);
	}
	fputs(metric_counts(view->metric) ? "Total allocations: " : "Total allocated size: ", out);
	print_amount(view->metric, view->total.bytes, view->total.count, out);
	fputc('\n', out);
}

int text_top(const struct view_top *view, const struct report_options *options, FILE *out,
	     struct error *err)
{
	(void)err;
	fprintf(out, "Top %zu %s (", view->row_count, text_groups(view->by));
	print_moment(view, out);
	fputs(")\n", out);
	for (size_t i = 0; i < view->row_count; i++)
		print_row(view, &view->rows[i], options, out);
	print_total(view, out);
	text_print_peak(view->peak_bytes, view->peak_bound_bytes, out);
	text_print_unknown(&view->quality, out);
	return 0;
}
