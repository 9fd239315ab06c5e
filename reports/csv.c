/* The views as tables with a heading line; see csv.h. */
#include "reports/csv.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "reports/names.h"
#include "reports/quality.h"
#include "reports/report.h"

/* --- Fields ----------------------------------------------------------------- */

static void end_field(char after, FILE *out)
{
	fputs(after == '\n' ? "\r\n" : ",", out);
}

void csv_text(const char *value, char after, FILE *out)
{
	const char *text = value ? value : "";
	bool quoted = strpbrk(text, ",\"\r\n") != NULL;

	if (quoted)
		fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	if (quoted)
		fputc('"', out);
	end_field(after, out);
}

void csv_number(uint64_t value, char after, FILE *out)
{
	fprintf(out, "%" PRIu64, value);
	end_field(after, out);
}

static void csv_change(uint64_t old_value, uint64_t new_value, char after, FILE *out)
{
	fprintf(out, "%" PRId64, (int64_t)(new_value - old_value));
	end_field(after, out);
}

/* --- Rows ------------------------------------------------------------------- */

#define PLACE_HEADING "name,function,file,line,module,source"

static void place(const char *name, const struct view_frame *frame, FILE *out)
{
	csv_text(name, ',', out);
	csv_text(frame->function, ',', out);
	csv_text(frame->file, ',', out);
	if (frame->line)
		csv_number(frame->line, ',', out);
	else
		csv_text(NULL, ',', out);
	csv_text(frame->module, ',', out);
	csv_text(frame->source, '\n', out);
}

/* By stack the name is the functions, outermost first, with ';' between. */
static void add_stack(struct text *name, const struct view_frame *stack, size_t frames)
{
	for (size_t i = 0; i < frames; i++) {
		text_add(name, i ? ";" : "");
		text_add(name, stack[i].function ? stack[i].function : "?");
	}
}

static int place_of(const char *name, const struct view_frame *frame,
		    const struct view_frame *stack, size_t frames, FILE *out, struct error *err)
{
	struct text stack_name;
	int code = 0;

	text_init(&stack_name);
	add_stack(&stack_name, stack, frames);
	if (text_failed(&stack_name))
		code = error_set(err, ERROR_NO_MEMORY, "out of memory");
	else
		place(stack ? stack_name.data : name, frame, out);
	text_release(&stack_name);
	return code;
}

static int top_row(const struct view_row *row, FILE *out, struct error *err)
{
	csv_number(row->rank, ',', out);
	csv_number(row->bytes, ',', out);
	csv_number(row->count, ',', out);
	csv_number(row->usable_bytes, ',', out);
	return place_of(row->name, &row->frame, row->stack, row->stack_frames, out, err);
}

static int csv_top(const struct view_top *view, const struct report_options *options, FILE *out,
		   struct error *err)
{
	int code = 0;

	(void)options;
	fputs("rank,bytes,count,usable_bytes," PLACE_HEADING "\r\n", out);
	for (size_t i = 0; code == 0 && i < view->row_count; i++)
		code = top_row(&view->rows[i], out, err);
	return code;
}

static int diff_row(const struct view_diff_row *row, FILE *out, struct error *err)
{
	csv_number(row->rank, ',', out);
	csv_number(row->new_bytes, ',', out);
	csv_change(row->old_bytes, row->new_bytes, ',', out);
	csv_number(row->new_count, ',', out);
	csv_change(row->old_count, row->new_count, ',', out);
	return place_of(row->name, &row->frame, row->stack, row->stack_frames, out, err);
}

static int csv_diff(const struct view_diff *view, const struct report_options *options, FILE *out,
		    struct error *err)
{
	int code = 0;

	(void)options;
	fputs("rank,bytes,bytes_diff,count,count_diff," PLACE_HEADING "\r\n", out);
	for (size_t i = 0; code == 0 && i < view->row_count; i++)
		code = diff_row(&view->rows[i], out, err);
	return code;
}

static void series(const char *name, const struct view_sample *samples, size_t count, FILE *out)
{
	for (size_t i = 0; i < count; i++) {
		csv_text(name, ',', out);
		csv_number(samples[i].time_ns, ',', out);
		csv_number(samples[i].value, '\n', out);
	}
}

static int csv_timeline(const struct view_timeline *view, const struct report_options *options,
			FILE *out, struct error *err)
{
	(void)options;
	(void)err;
	fputs("series,time_ns,value\r\n", out);
	series("heap_bytes", view->heap, view->heap_count, out);
	series("mapped_bytes", view->mapped, view->mapped_count, out);
	series("rss_bytes", view->rss, view->rss_count, out);
	series("allocations", view->allocations, view->allocations_count, out);
	return 0;
}

static void pair(const char *name, uint64_t value, FILE *out)
{
	csv_text(name, ',', out);
	csv_number(value, '\n', out);
}

static int csv_info(const struct view_info *view, const struct report_options *options, FILE *out,
		    struct error *err)
{
	(void)options;
	(void)err;
	fputs("name,value\r\n", out);
	pair("pid", view->process.pid, out);
	pair("allocations", view->totals.allocations, out);
	pair("allocated_bytes", view->totals.allocated_bytes, out);
	pair("frees", view->totals.frees, out);
	pair("freed_bytes", view->totals.freed_bytes, out);
	pair("live_bytes", view->totals.live_bytes, out);
	pair("live_count", view->totals.live_count, out);
	pair("peak_bytes", view->totals.peak_bytes, out);
	pair("peak_bound_bytes", view->totals.peak_bound_bytes, out);
	pair("temporaries", view->totals.temporaries, out);
	pair("mapped_bytes", view->totals.mapped_bytes, out);
	pair("threads", view->threads, out);
	pair("call_tree_nodes", view->call_tree_nodes, out);
	pair("profile_bytes", view->profile_bytes, out);
	pair("tracer_memory_bytes", view->tracer_memory_bytes, out);
	for (const struct quality_field *field = QUALITY_FIELDS; field->name; field++)
		pair(field->name, quality_value(&view->quality, field), out);
	return 0;
}

/* Nodes; byte-seconds are rounded. */
static int csv_dag(const struct view_dag *view, const struct report_options *options, FILE *out,
		   struct error *err)
{
	(void)options;
	(void)err;
	fputs("node,executions,failed,busy_ns,allocated_bytes,retained_bytes,transient_bytes,"
	      "at_peak_bytes,live_bytes,result_bytes,drag_byte_s,void_byte_s,held_bytes,"
	      "function,file,line\r\n", out);
	for (size_t i = 0; i < view->node_count; i++) {
		const struct view_dag_node *node = &view->nodes[i];

		csv_text(node->name, ',', out);
		csv_number(node->executions, ',', out);
		csv_number(node->failed, ',', out);
		csv_number(node->busy_ns, ',', out);
		csv_number(node->allocated_bytes, ',', out);
		csv_change(0, (uint64_t)node->retained_bytes, ',', out);
		csv_number(node->transient_bytes, ',', out);
		csv_number(node->at_peak_bytes, ',', out);
		csv_number(node->live_bytes, ',', out);
		csv_number(node->result_bytes, ',', out);
		csv_number((uint64_t)(node->drag_byte_s + 0.5), ',', out);
		csv_number((uint64_t)(node->void_byte_s + 0.5), ',', out);
		csv_number(node->held_bytes, ',', out);
		csv_text(node->held_by.function, ',', out);
		csv_text(node->held_by.file, ',', out);
		csv_number(node->held_by.line, '\n', out);
	}
	return 0;
}

/* What is not known is empty. */
static void csv_number_or_none(uint64_t number, FILE *out)
{
	if (number != VIEW_NOT_KNOWN)
		fprintf(out, "%" PRIu64, number);
	fputc(',', out);
}

static void put_known(uint64_t value, char after, FILE *out)
{
	if (value != VIEW_NOT_KNOWN)
		csv_number(value, after, out);
	else
		fputc(after, out);
}

/* By site the name is the stack. */
static int leak_row(const struct view_leak *leak, FILE *out, struct error *err)
{
	csv_number(leak->rank, ',', out);
	csv_text(leak_verdict_name(leak->verdict), ',', out);
	csv_number(leak->bytes, ',', out);
	csv_number(leak->blocks, ',', out);
	csv_number(leak->indirect_bytes, ',', out);
	csv_number(leak->indirect_blocks, ',', out);
	csv_text(leak->held_by.text, ',', out);
	csv_text(trend_name(leak->growth.verdict), ',', out);
	fprintf(out, "%.6g,%.6g,%.6g,", leak->growth.slope, leak->growth.low, leak->growth.high);
	csv_text(leak->growth.unit, ',', out);
	csv_number_or_none(leak->growth.since, out);
	csv_number_or_none(leak->idle_runs, out);
	csv_text(leak->node, ',', out);
	csv_text(leak->suppressed_by, ',', out);
	put_known(leak->retained_bytes, ',', out);
	put_known(leak->retained_blocks, ',', out);
	return place_of(leak->name, &leak->frame, leak->stack, leak->stack_frames, out, err);
}

/* Of several profiles each row begins with the process. */
static int leak_rows(const struct view_leaks *view, bool several, FILE *out, struct error *err)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < view->row_count; i++) {
		if (several) {
			csv_number(view->process.pid, ',', out);
			csv_text(view->process.executable, ',', out);
			csv_text(view->process.profile_path, ',', out);
		}
		code = leak_row(&view->rows[i], out, err);
	}
	return code;
}

static int csv_leaks(const struct view_leaks_set *set, const struct report_options *options,
		     FILE *out, struct error *err)
{
	int code = 0;

	(void)options;
	if (set->count > 1)
		fputs("pid,program,profile,", out);
	fputs("rank,verdict,bytes,blocks,indirect_bytes,indirect_blocks,held_by,growth,"
	      "growth_bytes,growth_low,growth_high,growth_unit,since_iteration,idle_runs,node,suppressed_by,retained_bytes,retained_blocks," PLACE_HEADING "\r\n", out);
	for (size_t i = 0; code == 0 && i < set->count; i++)
		code = leak_rows(&set->items[i], set->count > 1, out, err);
	return code;
}

const struct report report_csv = {
	.name = "csv",
	.suffix = "csv",
	.top = csv_top,
	.diff = csv_diff,
	.timeline = csv_timeline,
	.info = csv_info,
	.dag = csv_dag,
	.profile = csv_profile,
	.summary = "a row a stack, for spreadsheets and sqlite3",
	.leaks = csv_leaks,
};
