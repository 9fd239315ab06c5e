/* text_diff: what changed, in the form of tracemalloc's StatisticDiff. */
#include <inttypes.h>

#include "base/units.h"
#include "reports/clean.h"
#include "reports/place.h"
#include "reports/text.h"

static void print_count_change(uint64_t old_count, uint64_t new_count, FILE *out)
{
	if (new_count < old_count)
		fprintf(out, "count=%" PRIu64 " (-%" PRIu64 ")", new_count, old_count - new_count);
	else
		fprintf(out, "count=%" PRIu64 " (+%" PRIu64 ")", new_count, new_count - old_count);
}

/* "size=512.0 KiB (-18.6 MiB), count=2 (-62), average=256.0 KiB" */
static void print_change(uint64_t old_bytes, uint64_t new_bytes, uint64_t old_count,
			 uint64_t new_count, FILE *out)
{
	fprintf(out, "size=%s (%s), ", units_size(new_bytes).text,
		units_size_change(old_bytes, new_bytes).text);
	print_count_change(old_count, new_count, out);
	if (new_count)
		fprintf(out, ", average=%s", units_size(new_bytes / new_count).text);
	fputc('\n', out);
}

static void print_row(const struct view_diff *view, const struct view_diff_row *row,
		      const struct report_options *options, FILE *out)
{
	fputs(text_bold(options), out);
	place_print(&row->frame, row->name, view->by, options, out);
	fprintf(out, "%s: ", text_plain(options));
	print_change(row->old_bytes, row->new_bytes, row->old_count, row->new_count, out);
	if (row->stack)
		place_print_stack(row->stack, row->stack_frames, options, out);
}

static void print_side(const struct view_process *process, const char *at,
		       const struct report_options *options, FILE *out)
{
	clean_print(process->profile_path ? place_path(process->profile_path, options) : "?", out);
	fputs(" at ", out);
	clean_print(at ? at : "exit", out);
}

int text_diff(const struct view_diff *view, const struct report_options *options, FILE *out,
	      struct error *err)
{
	(void)err;
	fprintf(out, "Top %zu differences of %s (", view->row_count, text_groups(view->by));
	print_side(&view->old_process, view->old_at, options, out);
	fputs(" -> ", out);
	print_side(&view->new_process, view->new_at, options, out);
	fputs(")\n", out);
	for (size_t i = 0; i < view->row_count; i++)
		print_row(view, &view->rows[i], options, out);
	if (view->other_rows)
		fprintf(out, "%" PRIu64 " other\n", view->other_rows);
	fputs("Total: ", out);
	print_change(view->old_total.bytes, view->new_total.bytes, view->old_total.count,
		     view->new_total.count, out);
	fprintf(out, "Peak: %s (%s)\n", units_size(view->new_peak_bytes).text,
		units_size_change(view->old_peak_bytes, view->new_peak_bytes).text);
	text_print_unknown(&view->quality, out);
	return 0;
}
