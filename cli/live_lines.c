#include "cli/live_lines.h"

#include <jansson.h>
#include <string.h>

#include "base/units.h"
#include "reports/clean.h"
#include "reports/names.h"
#include "reports/place.h"

/* "+1.2 MiB/s": bytes per second, with a sign. */
static struct units_text rate(double bytes)
{
	struct units_text size = units_size_change(bytes < 0 ? (uint64_t)-bytes : 0,
						   bytes < 0 ? 0 : (uint64_t)bytes);
	struct units_text text;

	snprintf(text.text, sizeof text.text, "%.29s/s", size.text);
	return text;
}

static struct units_text size_or_unknown(uint64_t bytes)
{
	const struct units_text unknown = { "-" };

	return bytes == VIEW_NOT_KNOWN ? unknown : units_size(bytes);
}

void live_lines_heading(FILE *out)
{
	fprintf(out, "%10s %10s %13s %10s %10s %12s %9s  %s\n", "TIME", "HEAP", "CHANGE",
		"PEAK", "RSS", "ALLOCATIONS", "PER S", "MOST");
}

int live_lines_text(const struct live *live, const struct live_query *query, FILE *out)
{
	const struct live_totals *totals = live_totals(live);
	const struct report_options options = { .full_paths = false };
	struct live_query first = *query;
	struct arena arena = ARENA_INIT;
	struct live_rows rows;

	first.limit = 1;
	if (live_rows(live, &first, &arena, &rows)) {
		arena_release(&arena);
		return -1;
	}
	fprintf(out, "%10s %10s %13s %10s %10s %12llu %9.0f  ",
		units_duration(live_age_ns(live)).text, units_size(totals->live_bytes).text,
		rate(totals->live_rate).text, units_size(totals->peak_bytes).text,
		size_or_unknown(totals->rss_bytes).text, (unsigned long long)totals->allocations,
		totals->allocation_rate);
	if (rows.count) {
		place_print(&rows.rows[0].frame, rows.rows[0].name, live_grouping(live), &options, out);
		fprintf(out, " %s", units_size(rows.rows[0].own_bytes).text);
	} else {
		fputc('-', out);
	}
	fputc('\n', out);
	arena_release(&arena);
	return 0;
}

/* --- JSON ------------------------------------------------------------------- */

static json_t *json_text(const char *text)
{
	char *clean = text ? clean_utf8(text) : NULL;
	json_t *value = clean ? json_string(clean) : json_null();

	free(clean);
	return value;
}

static json_t *json_number_or_null(uint64_t number)
{
	return number == VIEW_NOT_KNOWN ? json_null() : json_integer((json_int_t)number);
}

static json_t *json_row(const struct live_row *row)
{
	return json_pack("{so so so so sI so sI sI sI sI sf sf}",
			 "name", json_text(row->name), "function", json_text(row->frame.function),
			 "file", json_text(row->frame.file), "module", json_text(row->frame.module),
			 "line", (json_int_t)row->frame.line,
			 "growth", row->growth.verdict == TREND_GROWING ? json_real(row->growth.slope)
									: json_null(),
			 "bytes", (json_int_t)row->own_bytes, "count", (json_int_t)row->own_blocks,
			 "total_bytes", (json_int_t)row->total_bytes,
			 "allocations", (json_int_t)row->allocations,
			 "bytes_per_s", row->own_rate, "allocations_per_s", row->allocation_rate);
}

static json_t *json_rows(const struct live_rows *rows)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rows->count; i++)
		json_array_append_new(array, json_row(&rows->rows[i]));
	return array;
}

static json_t *json_totals(const struct live *live)
{
	const struct live_totals *totals = live_totals(live);
	struct view_process process = live_process(live);

	return json_pack("{ss sI ss so sI sI sI sI sI sI so sI sI sf sf sf}",
			 "schema", "dagmem.live/1", "pid", (json_int_t)process.pid,
			 "state", process.state, "profile", json_text(process.profile_path),
			 "time_ns", (json_int_t)live_age_ns(live),
			 "live_bytes", (json_int_t)totals->live_bytes,
			 "live_count", (json_int_t)totals->live_blocks,
			 "peak_bytes", (json_int_t)totals->peak_bytes,
			 "peak_bound_bytes", (json_int_t)totals->peak_bound_bytes,
			 "mapped_bytes", (json_int_t)totals->mapped_bytes,
			 "rss_bytes", json_number_or_null(totals->rss_bytes),
			 "allocations", (json_int_t)totals->allocations,
			 "allocated_bytes", (json_int_t)totals->allocated_bytes,
			 "live_bytes_per_s", totals->live_rate,
			 "allocations_per_s", totals->allocation_rate,
			 "allocated_bytes_per_s", totals->allocated_rate);
}

int live_lines_json(const struct live *live, const struct live_query *query, FILE *out)
{
	struct arena arena = ARENA_INIT;
	struct live_rows rows, nodes;
	json_t *object = json_totals(live);
	int result = -1;

	if (object && !live_rows(live, query, &arena, &rows) &&
	    !live_nodes(live, query, &arena, &nodes) &&
	    !json_object_set_new(object, "by", json_string(grouping_name(live_grouping(live)))) &&
	    !json_object_set_new(object, "rows", json_rows(&rows)) &&
	    !json_object_set_new(object, "nodes", json_rows(&nodes)))
		result = json_dumpf(object, out, JSON_COMPACT);
	if (!result)
		fputc('\n', out);
	json_decref(object);
	arena_release(&arena);
	return result;
}

/* --- The end ---------------------------------------------------------------- */

void live_lines_end(const struct live *live, char *text, size_t size)
{
	struct view_process process = live_process(live);

	if (strcmp(process.state, "exited") == 0)
		snprintf(text, size, "exited with status %d", process.exit_status);
	else if (strcmp(process.state, "killed") == 0)
		snprintf(text, size, "was killed by signal %d (%s)%s", process.signal,
			 strsignal(process.signal), process.out_of_memory ? ": out of memory" : "");
	else if (strcmp(process.state, "executed") == 0)
		snprintf(text, size, "became another program by exec");
	else if (strcmp(process.state, "running") == 0)
		snprintf(text, size, "runs");
	else
		snprintf(text, size, "is gone; nobody recorded how it ended");
}
