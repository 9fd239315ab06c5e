/*
 * json: the views for programs.  Sizes are bytes, times nanoseconds, unknown
 * values null; fields are added over time, never removed (the "schema" field
 * counts incompatible changes).
 *
 * Every builder returns a new reference or NULL when memory is short; jansson
 * takes NULL for a value, frees the rest and gives NULL in turn, so one look at
 * the end is enough.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "reports/clean.h"
#include "reports/json_check.h"
#include "reports/json_parts.h"
#include "reports/json_profile.h"
#include "reports/names.h"
#include "reports/quality.h"
#include "reports/report.h"

/* --- Values ----------------------------------------------------------------- */

static json_t *text(const char *value)
{
	char *clean = value ? clean_utf8(value) : NULL;
	json_t *json = value ? (clean ? json_string(clean) : NULL) : json_null();

	free(clean);
	return json;
}

/* JSON's integers are signed here: what exceeds them, "not known" included, is null. */
static json_t *number(uint64_t value)
{
	return value > INT64_MAX ? json_null() : json_integer((json_int_t)value);
}

static json_t *difference(uint64_t old_value, uint64_t new_value)
{
	return json_integer((json_int_t)(new_value - old_value));
}

/* An array of what `item` makes of `count` elements, or NULL. */
static json_t *array(size_t count, json_t *(*item)(const void *items, size_t index),
		     const void *items)
{
	json_t *result = json_array();

	for (size_t i = 0; result && i < count; i++)
		if (json_array_append_new(result, item(items, i)) != 0) {
			json_decref(result);
			return NULL;
		}
	return result;
}

/* Add the fields of `extra` (a new reference) to `object`; NULL when either is. */
static json_t *merge(json_t *object, json_t *extra)
{
	if (object && (!extra || json_object_update(object, extra) != 0)) {
		json_decref(object);
		object = NULL;
	}
	json_decref(extra);
	return object;
}

static int print(json_t *json, FILE *out, struct error *err)
{
	if (!json)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	int failed = json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));

	json_decref(json);
	fputc('\n', out);
	/* A failed write stays visible in the stream, where the caller looks. */
	if (failed && !ferror(out))
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	return 0;
}

/* --- Parts ------------------------------------------------------------------ */

static json_t *frame(const struct view_frame *frame)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b}",
			 "function", text(frame->function), "file", text(frame->file),
			 "line", frame->line ? number(frame->line) : json_null(),
			 "module", text(frame->module), "module_offset", number(frame->module_offset),
			 "source", text(frame->source), "inlined", frame->inlined);
}

static json_t *frame_at(const void *frames, size_t index)
{
	return frame((const struct view_frame *)frames + index);
}

/* What tells a row by its grouping: its frame, its name or its whole stack. */
static json_t *place(const struct view_frame *row_frame, const char *name, const char *node,
		     const struct view_frame *stack, size_t frames)
{
	json_t *json = merge(frame(row_frame), json_pack("{s:o}", "node", text(node)));

	if (name)
		json = merge(json, json_pack("{s:o}", "name", text(name)));
	if (stack)
		json = merge(json, json_pack("{s:o}", "stack", array(frames, frame_at, stack)));
	return json;
}

static json_t *quality(const struct view_quality *view)
{
	json_t *json = json_object(), *notes = json_array();

	for (const struct quality_field *field = QUALITY_FIELDS; field->name; field++)
		if (json_object_set_new(json, field->name, number(quality_value(view, field))) != 0)
			goto failed;
	for (size_t i = 0; i < view->note_count; i++)
		if (json_array_append_new(notes, text(view->notes[i])) != 0)
			goto failed;
	if (json_object_set_new(json, "notes", notes) == 0)
		return json;
	notes = NULL;   /* taken, even so */
failed:
	json_decref(notes);
	json_decref(json);
	return NULL;
}

static json_t *peak(uint64_t bytes, uint64_t bound_bytes)
{
	return json_pack("{s:o, s:o}", "bytes", number(bytes), "bound_bytes", number(bound_bytes));
}

static json_t *total(const struct view_total *view)
{
	return json_pack("{s:o, s:o, s:o}", "bytes", number(view->bytes), "count", number(view->count),
			 "usable_bytes", number(view->usable_bytes));
}

static json_t *argument_at(const void *arguments, size_t index)
{
	return text(((const char *const *)arguments)[index]);
}

static json_t *command(const char *const *arguments)
{
	size_t count = 0;

	while (arguments && arguments[count])
		count++;
	return array(count, argument_at, arguments);
}

static json_t *process(const struct view_process *view)
{
	bool exited = view->state && strcmp(view->state, "exited") == 0;
	bool killed = view->state && strcmp(view->state, "killed") == 0;
	/* As a program it has ended; without a status, since the process went on. */
	bool executed = view->state && strcmp(view->state, "executed") == 0;
	const char *state = executed ? "exited" : view->state ? view->state : "unknown";

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:b, s:o, s:o}",
			 "command", command(view->command), "executable", text(view->executable),
			 "directory", text(view->directory), "profile", text(view->profile_path),
			 "pid", number(view->pid), "parent_pid", number(view->parent_pid),
			 "state", text(state), "executed", executed,
			 "exit_status", exited ? json_integer(view->exit_status) : json_null(),
			 "signal", killed ? json_integer(view->signal) : json_null(),
			 "out_of_memory", view->out_of_memory,
			 "start_realtime_ns", number(view->start_realtime_ns),
			 "duration_ns", number(view->duration_ns));
}

static json_t *mark_at(const void *marks, size_t index)
{
	const struct view_mark *mark = (const struct view_mark *)marks + index;

	return json_pack("{s:o, s:o, s:b}", "time_ns", number(mark->time_ns),
			 "label", text(mark->label), "automatic", mark->automatic);
}

/* --- Views ------------------------------------------------------------------ */

static json_t *top_row_at(const void *rows, size_t index)
{
	const struct view_row *row = (const struct view_row *)rows + index;

	return merge(json_pack("{s:o, s:o, s:o, s:o, s:f}", "rank", number(row->rank),
			       "bytes", number(row->bytes), "count", number(row->count),
			       "usable_bytes", number(row->usable_bytes), "share", row->share),
		     place(&row->frame, row->name, row->node, row->stack, row->stack_frames));
}

static int json_top(const struct view_top *view, const struct report_options *options, FILE *out,
		    struct error *err)
{
	(void)options;
	return print(json_pack("{s:s, s:o, s:s, s:s, s:o, s:o, s:{s:o, s:o, s:o}, s:o, s:o, s:o}",
			       "schema", "dagmem.top/1", "at", text(view->at),
			       "metric", metric_name(view->metric), "by", grouping_name(view->by),
			       "total", total(&view->total),
			       "rows", array(view->row_count, top_row_at, view->rows),
			       "other", "rows", number(view->other_rows),
			       "bytes", number(view->other.bytes), "count", number(view->other.count),
			       "peak", peak(view->peak_bytes, view->peak_bound_bytes),
			       "quality", quality(&view->quality), "process", process(&view->process)),
		     out, err);
}

static json_t *change(uint64_t old_bytes, uint64_t new_bytes, uint64_t old_count, uint64_t new_count)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "bytes", number(new_bytes),
			 "bytes_diff", difference(old_bytes, new_bytes), "count", number(new_count),
			 "count_diff", difference(old_count, new_count));
}

static json_t *diff_row_at(const void *rows, size_t index)
{
	const struct view_diff_row *row = (const struct view_diff_row *)rows + index;
	json_t *json = json_pack("{s:o}", "rank", number(row->rank));

	json = merge(json, place(&row->frame, row->name, row->node, row->stack, row->stack_frames));
	return merge(json, change(row->old_bytes, row->new_bytes, row->old_count, row->new_count));
}

static json_t *side(const struct view_process *view, const char *at)
{
	return merge(process(view), json_pack("{s:o}", "at", text(at)));
}

static int json_diff(const struct view_diff *view, const struct report_options *options, FILE *out,
		     struct error *err)
{
	(void)options;
	return print(json_pack("{s:s, s:s, s:s, s:o, s:o, s:{s:o}, s:{s:o, s:o}, s:o, s:o, s:o}",
			       "schema", "dagmem.diff/1", "metric", metric_name(view->metric),
			       "by", grouping_name(view->by),
			       "total", change(view->old_total.bytes, view->new_total.bytes,
					       view->old_total.count, view->new_total.count),
			       "rows", array(view->row_count, diff_row_at, view->rows),
			       "other", "rows", number(view->other_rows),
			       "peak", "bytes", number(view->new_peak_bytes),
			       "bytes_diff", difference(view->old_peak_bytes, view->new_peak_bytes),
			       "old", side(&view->old_process, view->old_at),
			       "new", side(&view->new_process, view->new_at),
			       "quality", quality(&view->quality)),
		     out, err);
}

static json_t *sample_at(const void *samples, size_t index)
{
	const struct view_sample *sample = (const struct view_sample *)samples + index;

	return json_pack("[o, o]", number(sample->time_ns), number(sample->value));
}

static json_t *span_at(const void *spans, size_t index)
{
	const struct view_span *span = (const struct view_span *)spans + index;

	return json_pack("[o, o]", number(span->begin_ns), number(span->end_ns));
}

static json_t *lane_at(const void *lanes, size_t index)
{
	const struct view_lane *lane = (const struct view_lane *)lanes + index;

	return json_pack("{s:o, s:o, s:o, s:o}", "node", text(lane->node), "busy_ns", number(lane->busy_ns),
			 "allocated_bytes", number(lane->allocated_bytes),
			 "spans", array(lane->span_count, span_at, lane->spans));
}

static int json_timeline(const struct view_timeline *view, const struct report_options *options,
			 FILE *out, struct error *err)
{
	(void)options;
	json_t *highest = merge(peak(view->peak_bytes, view->peak_bound_bytes),
				json_pack("{s:o}", "time_ns", number(view->peak_time_ns)));

	return print(json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			       "schema", "dagmem.timeline/1",
			       "lanes", array(view->lane_count, lane_at, view->lanes),
			       "other_lanes", number(view->other_lanes), "duration_ns", number(view->duration_ns),
			       "heap", array(view->heap_count, sample_at, view->heap),
			       "mapped", array(view->mapped_count, sample_at, view->mapped),
			       "rss", array(view->rss_count, sample_at, view->rss),
			       "allocations", array(view->allocations_count, sample_at, view->allocations),
			       "snapshots", array(view->snapshot_count, mark_at, view->snapshots),
			       "peak", highest, "quality", quality(&view->quality),
			       "process", process(&view->process)),
		     out, err);
}

static json_t *info_totals(const struct view_info *view)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "allocations", number(view->totals.allocations),
			 "allocated_bytes", number(view->totals.allocated_bytes),
			 "frees", number(view->totals.frees),
			 "freed_bytes", number(view->totals.freed_bytes),
			 "live_bytes", number(view->totals.live_bytes),
			 "live_count", number(view->totals.live_count),
			 "slack_bytes", number(view->totals.slack_bytes),
			 "peak_bytes", number(view->totals.peak_bytes),
			 "peak_bound_bytes", number(view->totals.peak_bound_bytes),
			 "temporaries", number(view->totals.temporaries),
			 "mappings", number(view->totals.mappings),
			 "mapped_bytes", number(view->totals.mapped_bytes));
}

static json_t *info_rss(const struct view_rss *rss)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rss_bytes", number(rss->rss),
			 "requested_bytes", number(rss->requested), "slack_bytes", number(rss->slack),
			 "allocator_free_bytes", number(rss->allocator_free),
			 "mapped_bytes", number(rss->mapped), "tracer_bytes", number(rss->tracer),
			 "other_bytes", number(rss->other), "untouched_bytes", number(rss->untouched));
}

static json_t *size_class_at(const void *classes, size_t index)
{
	return number(((const uint64_t *)classes)[index]);
}

static json_t *child_at(const void *view, size_t index)
{
	const struct view_info *info = view;
	uint64_t peak_bytes = info->children_peak_bytes ? info->children_peak_bytes[index] : UINT64_MAX;

	return merge(process(&info->children[index]),
		     json_pack("{s:o}", "peak_bytes", number(peak_bytes)));
}

static json_t *info_profile(const struct view_info *view)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "threads", number(view->threads), "shards", number(view->shards),
			 "call_tree_nodes", number(view->call_tree_nodes),
			 "accounts", number(view->accounts), "modules", number(view->modules),
			 "profile_bytes", number(view->profile_bytes),
			 "tracer_memory_bytes", number(view->tracer_memory_bytes),
			 "allocator", text(view->allocator), "tracer_version", text(view->tracer_version),
			 "format_version", number(view->format_version));
}

static int json_info(const struct view_info *view, const struct report_options *options, FILE *out,
		     struct error *err)
{
	(void)options;
	json_t *json = json_pack("{s:s}", "schema", "dagmem.info/1");

	json = merge(json, process(&view->process));
	json = merge(json, json_pack("{s:o}", "totals", info_totals(view)));
	json = merge(json, info_profile(view));
	json = merge(json, json_pack("{s:o, s:o, s:o, s:o, s:o}", "rss", info_rss(&view->rss),
				     "snapshots", array(view->snapshot_count, mark_at, view->snapshots),
				     "size_class_allocations",
				     array(sizeof view->size_class / sizeof *view->size_class,
					   size_class_at, view->size_class),
				     "children", array(view->child_count, child_at, view),
				     "quality", quality(&view->quality)));
	return print(json, out, err);
}

/* --- For views that have files of their own ---------------------------------- */

json_t *json_parts_text(const char *value)
{
	return text(value);
}

json_t *json_parts_number(uint64_t value)
{
	return number(value);
}

json_t *json_parts_array(size_t count, json_t *(*item)(const void *items, size_t index),
			 const void *items)
{
	return array(count, item, items);
}

json_t *json_parts_merge(json_t *object, json_t *extra)
{
	return merge(object, extra);
}

json_t *json_parts_frame(const struct view_frame *view)
{
	return frame(view);
}

json_t *json_parts_quality(const struct view_quality *view)
{
	return quality(view);
}

json_t *json_parts_process(const struct view_process *view)
{
	return process(view);
}

int json_parts_print(json_t *json, FILE *out, struct error *err)
{
	return print(json, out, err);
}

const struct report report_json = {
	.name = "json",
	.suffix = "json",
	.top = json_top,
	.diff = json_diff,
	.timeline = json_timeline,
	.info = json_info,
	.check = json_check,
	.profile = json_profile,
	.dag = json_dag,
	.leaks = json_leaks,
	.snapshots = true,
	.summary = "everything, for programs",
};
