#include "reports/json_profile.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/view_stacks.h"
#include "reports/json_text.h"
#include "reports/names.h"
#include "reports/report.h"

/* The tables of the view as arrays, in its order; numbers in one name places in another. */
struct document {
	const struct view_profile *view;
	const struct report_options *options;
	FILE *out;
	struct error *err;
	int code;               /* of the first failure */
};

static const char *const KIND_NAMES[] = {
	[VIEW_HEAP] = "heap", [VIEW_MAPPING] = "mapping", [VIEW_POOL] = "pool",
};

/* --- Values ------------------------------------------------------------------- */

static void text(struct document *doc, const char *name, const char *value)
{
	fprintf(doc->out, "\"%s\":", name);
	if (json_text(value, doc->out) && !doc->code)
		doc->code = error_set(doc->err, ERROR_NO_MEMORY, "out of memory");
}

static void number(const struct document *doc, const char *name, uint64_t value)
{
	fprintf(doc->out, ",\"%s\":%" PRIu64, name, value);
}

static void boolean(const struct document *doc, const char *name, bool value)
{
	fprintf(doc->out, ",\"%s\":%s", name, value ? "true" : "false");
}

static void number_or_null(const struct document *doc, const char *name, uint64_t value, bool known)
{
	if (known)
		number(doc, name, value);
	else
		fprintf(doc->out, ",\"%s\":null", name);
}

/* One element a line, so that the file can be looked at with line tools, too. */
static void array(struct document *doc, const char *name, size_t count,
		  void (*item)(struct document *doc, size_t index))
{
	fprintf(doc->out, ",\n\"%s\":[", name);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ",\n" : "\n", doc->out);
		item(doc, i);
	}
	fputs("]", doc->out);
}

/* --- Tables ------------------------------------------------------------------- */

static void module(struct document *doc, size_t index)
{
	const struct view_module *from = &doc->view->stacks.modules[index];

	fputc('{', doc->out);
	text(doc, "path", from->path);
	fputc(',', doc->out);
	text(doc, "build_id", from->build_id);
	number(doc, "start", from->start);
	number(doc, "end", from->end);
	number(doc, "bias", from->bias);
	fputc('}', doc->out);
}

static void frame(struct document *doc, size_t index)
{
	const struct view_frame *from = &doc->view->stacks.frames[index];

	fputc('{', doc->out);
	text(doc, "function", from->function);
	fputc(',', doc->out);
	text(doc, "file", from->file);
	number_or_null(doc, "line", from->line, from->line != 0);
	fputc(',', doc->out);
	text(doc, "module", from->module);
	number(doc, "module_offset", from->module_offset);
	fputc('}', doc->out);
}

static void place(struct document *doc, size_t index)
{
	const struct view_stacks *stacks = &doc->view->stacks;
	const struct view_place *from = &stacks->places[index];

	fprintf(doc->out, "{\"address\":%" PRIu64, from->address);
	number_or_null(doc, "module", from->module - 1, from->module != 0);
	fputs(",\"frames\":[", doc->out);
	for (uint32_t i = 0; i < from->count; i++)
		fprintf(doc->out, "%s%" PRIu32, i ? "," : "", stacks->place_frames[from->first + i]);
	fputs("]}", doc->out);
}

static void call(struct document *doc, size_t index)
{
	const struct view_call *from = &doc->view->stacks.calls[index];

	fprintf(doc->out, "[%" PRIu32 ",%" PRIu32 "]", from->parent, from->place);
}

static void node(struct document *doc, size_t index)
{
	if (json_text(doc->view->stacks.nodes[index], doc->out) && !doc->code)
		doc->code = error_set(doc->err, ERROR_NO_MEMORY, "out of memory");
}

static void stack(struct document *doc, size_t index)
{
	const struct view_stack *from = &doc->view->stacks.stacks[index];

	fprintf(doc->out, "{\"kind\":\"%s\"", KIND_NAMES[from->kind]);
	number(doc, "call", from->call);
	number(doc, "node", from->node);
	number(doc, "owner", from->owner);
	number(doc, "live_bytes", from->live.bytes);
	number(doc, "live_count", from->live.count);
	number(doc, "usable_bytes", from->live.usable_bytes);
	number(doc, "peak_bytes", from->peak.bytes);
	number(doc, "peak_count", from->peak.count);
	number(doc, "total_bytes", from->total.bytes);
	number(doc, "total_count", from->total.count);
	number(doc, "temporary_count", from->temporaries);
	fputc('}', doc->out);
}

static void snapshot(struct document *doc, size_t index)
{
	const struct view_snapshot *from = &doc->view->stacks.snapshots[index];

	fputc('{', doc->out);
	text(doc, "label", from->mark.label);
	boolean(doc, "automatic", from->mark.automatic);
	number(doc, "time_ns", from->mark.time_ns);
	fputs(",\"rows\":[", doc->out);
	for (size_t i = 0; i < from->row_count; i++) {
		const struct view_snapshot_row *row = &from->rows[i];

		fprintf(doc->out, "%s[%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
			",%" PRIu64 ",%" PRIu64 "]", i ? ",\n" : "\n", row->stack, row->live.bytes,
			row->live.count, row->live.usable_bytes, row->total.bytes, row->total.count,
			row->temporaries);
	}
	fputs("]}", doc->out);
}

/* --- All of it ----------------------------------------------------------------- */

static void head(struct document *doc)
{
	const struct view_stacks *stacks = &doc->view->stacks;

	fputs("{\"schema\":\"dagmem.profile/1\",\n", doc->out);
	text(doc, "at", stacks->at);
	fputc(',', doc->out);
	text(doc, "metric", metric_name(stacks->metric));
	boolean(doc, "filtered", stacks->filtered);
	fprintf(doc->out, ",\n\"peak\":{\"bytes\":%" PRIu64, stacks->peak_bytes);
	number(doc, "bound_bytes", stacks->peak_bound_bytes);
	number(doc, "time_ns", stacks->peak_time_ns);
	fputc('}', doc->out);
}

static void tables(struct document *doc)
{
	const struct view_stacks *stacks = &doc->view->stacks;

	array(doc, "modules", stacks->module_count, module);
	array(doc, "frames", stacks->frame_count, frame);
	array(doc, "places", stacks->place_count, place);
	array(doc, "calls", stacks->call_count, call);
	array(doc, "nodes", stacks->node_count, node);
	array(doc, "stacks", stacks->stack_count, stack);
	fputs(",\n\"snapshot_columns\":[\"stack\",\"live_bytes\",\"live_count\",\"usable_bytes\","
	      "\"total_bytes\",\"total_count\",\"temporary_count\"]", doc->out);
	array(doc, "snapshots", stacks->snapshot_count, snapshot);
}

/* As `dagmem timeline --json` and `dagmem info --json` have them. */
static void other_views(struct document *doc)
{
	fputs(",\n\"timeline\":", doc->out);
	if (!doc->code)
		doc->code = report_json.timeline(&doc->view->timeline, doc->options, doc->out, doc->err);
	fputs(",\n\"info\":", doc->out);
	if (!doc->code)
		doc->code = report_json.info(&doc->view->info, doc->options, doc->out, doc->err);
	fputs("}\n", doc->out);
}

int json_profile(const struct view_profile *view, const struct report_options *options, FILE *out,
		 struct error *err)
{
	struct document doc = { .view = view, .options = options, .out = out, .err = err };

	head(&doc);
	tables(&doc);
	other_views(&doc);
	return doc.code;
}
