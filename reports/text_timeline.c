/*
 * text_timeline: memory over time in a terminal.
 *
 *     140.2 MiB |      ####           heap filled, RSS as a line
 *               |   ######*****
 *           0 B +--------------
 *                ^  ^    ^            snapshots
 *               0 s         12.30 s
 */
#include <inttypes.h>
#include <string.h>

#include "base/units.h"
#include "reports/clean.h"
#include "reports/plot.h"
#include "reports/text.h"

enum { PLOT_ROWS = 12, LABEL_COLUMNS = 11, COLUMNS_DEFAULT = 80, COLUMNS_MIN = 20 };

struct axes { const char *vertical, *corner, *horizontal, *mark; };

static const struct axes ASCII_AXES = { "|", "+", "-", "^" };
static const struct axes UNICODE_AXES = { "│", "└", "─", "▲" };

static uint64_t largest(const struct view_sample *samples, size_t count, uint64_t so_far)
{
	for (size_t i = 0; i < count; i++)
		if (samples[i].value > so_far)
			so_far = samples[i].value;
	return so_far;
}

static struct plot_shape shape_of(const struct view_timeline *view,
				  const struct report_options *options)
{
	unsigned columns = options->columns ? options->columns : COLUMNS_DEFAULT;
	uint64_t max_value = largest(view->heap, view->heap_count, view->peak_bytes);

	max_value = largest(view->rss, view->rss_count, max_value);
	return (struct plot_shape){
		.columns = (columns < COLUMNS_MIN ? COLUMNS_MIN : columns) - LABEL_COLUMNS - 1,
		.rows = PLOT_ROWS,
		.duration_ns = view->duration_ns ? view->duration_ns : 1,
		.max_value = max_value ? max_value : 1,
		.ascii = options->ascii,
		.colour = options->colour,
	};
}

/* The value at the upper edge of the first and the middle row. */
static void print_label(const struct plot_shape *shape, unsigned row, FILE *out)
{
	uint64_t value = row ? shape->max_value / 2 : shape->max_value;
	bool labelled = row == 0 || row == shape->rows / 2;

	fprintf(out, "%*s ", LABEL_COLUMNS - 1, labelled ? units_size(value).text : "");
}

static void print_marks(const struct view_timeline *view, const struct plot_shape *shape,
			const char *mark, FILE *out)
{
	unsigned next = 0;

	if (!view->snapshot_count)
		return;
	fprintf(out, "%*s", LABEL_COLUMNS + 1, "");
	for (size_t i = 0; i < view->snapshot_count; i++) {
		unsigned column = plot_column(shape, view->snapshots[i].time_ns);

		if (column < next)
			continue;
		fprintf(out, "%*s%s", (int)(column - next), "", mark);
		next = column + 1;
	}
	fputc('\n', out);
}

static void print_time_axis(const struct plot_shape *shape, const struct axes *axes, FILE *out)
{
	struct units_text duration = units_duration(shape->duration_ns);
	int room = (int)shape->columns - 3;

	fprintf(out, "%*s %s", LABEL_COLUMNS - 1, "0 B", axes->corner);
	for (unsigned i = 0; i < shape->columns; i++)
		fputs(axes->horizontal, out);
	fprintf(out, "\n%*s0 s%*s\n", LABEL_COLUMNS + 1, "", room, duration.text);
}

/* --- Lanes of DAG nodes ------------------------------------------------------------ */

enum { LANE_NAME_COLUMNS = LABEL_COLUMNS - 1 };

static void print_lane_name(const char *name, FILE *out)
{
	size_t length = strlen(name), fits = clean_prefix(name, length, LANE_NAME_COLUMNS);
	int characters = 0;

	for (size_t i = 0; i < fits; i++)
		characters += ((unsigned char)name[i] & 0xc0) != 0x80;
	fprintf(out, "%*s", LANE_NAME_COLUMNS - characters, "");
	clean_print_bytes(name, fits, out);
	fputc(' ', out);
}

/* A column is full when the node ran in any of its time. */
static void print_lane(const struct view_lane *lane, const struct plot_shape *shape,
		       const struct axes *axes, FILE *out)
{
	unsigned next = 0;

	print_lane_name(lane->node, out);
	fputs(axes->vertical, out);
	for (size_t i = 0; i < lane->span_count; i++) {
		unsigned from = plot_column(shape, lane->spans[i].begin_ns);
		unsigned to = plot_column(shape, lane->spans[i].end_ns);

		for (; next < from; next++)
			fputc(' ', out);
		for (; next <= to && next < shape->columns; next++)
			fputs(shape->ascii ? "=" : "━", out);
	}
	fputc('\n', out);
}

static void print_lanes(const struct view_timeline *view, const struct plot_shape *shape, FILE *out)
{
	const struct axes *axes = shape->ascii ? &ASCII_AXES : &UNICODE_AXES;

	for (size_t i = 0; i < view->lane_count; i++)
		print_lane(&view->lanes[i], shape, axes, out);
	if (view->other_lanes)
		fprintf(out, "%" PRIu64 " other nodes ran\n", view->other_lanes);
}

static void print_snapshots(const struct view_timeline *view, FILE *out)
{
	for (size_t i = 0; i < view->snapshot_count; i++) {
		const struct view_mark *mark = &view->snapshots[i];

		if (mark->automatic)
			continue;
		fprintf(out, "Snapshot at %s: ", units_duration(mark->time_ns).text);
		clean_print(mark->label ? mark->label : "", out);
		fputc('\n', out);
	}
}

static void print_legend(const struct view_timeline *view, FILE *out)
{
	fputs(view->rss_count ? "Heap (filled) and RSS (line) over time\n" : "Heap over time\n", out);
}

static void print_plot(const struct view_timeline *view, const struct plot *plot,
		       const struct plot_shape *shape, FILE *out)
{
	const struct axes *axes = shape->ascii ? &ASCII_AXES : &UNICODE_AXES;

	for (unsigned row = 0; row < shape->rows; row++) {
		print_label(shape, row, out);
		fputs(axes->vertical, out);
		plot_print_row(plot, row, out);
		fputc('\n', out);
	}
	print_time_axis(shape, axes, out);
	print_marks(view, shape, axes->mark, out);
}

int text_timeline(const struct view_timeline *view, const struct report_options *options,
		  FILE *out, struct error *err)
{
	struct plot_shape shape = shape_of(view, options);
	struct plot *plot = plot_new(&shape);

	if (!plot)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	plot_area(plot, view->heap, view->heap_count);
	plot_line(plot, view->rss, view->rss_count);
	print_legend(view, out);
	print_plot(view, plot, &shape, out);
	plot_free(plot);
	print_lanes(view, &shape, out);
	print_snapshots(view, out);
	text_print_peak(view->peak_bytes, view->peak_bound_bytes, out);
	if (view->peak_time_ns)         /* else it is not known */
		fprintf(out, "Peak at: %s\n", units_duration(view->peak_time_ns).text);
	text_print_unknown(&view->quality, out);
	return 0;
}
