/*
 * timeline_picture: memory over time, for papers and the artefacts of CI.
 *
 *     heap filled, RSS and mappings as lines, the peak and snapshots marked;
 *     below, when each DAG node ran
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "reports/canvas.h"
#include "reports/frame_label.h"
#include "reports/report.h"

enum { WIDTH = 1200, HEIGHT = 420, LEFT = 110, RIGHT = 20, TOP = 50, BOTTOM = 60, LANE = 16, TICKS = 5,
       LABELS_MAX = 40 };
enum { BLACK = 0x000000, GREY = 0x606060, PALE = 0xdcdcdc, HEAP = 0x9ecae1, HEAP_EDGE = 0x2b7bba,
       RSS = 0xd55e00, MAPPED = 0x009e73, NODE = 0xcc79a7, PEAK = 0x8b0000 };

struct plot {
	const struct view_timeline *view;
	struct canvas canvas;
	uint64_t duration_ns, max_value;        /* of the axes; > 0 */
	struct text text;
	struct canvas_point *points;            /* room for the longest series, drawn in steps */
};

/* --- Axes ------------------------------------------------------------------------ */

static double x_of(const struct plot *plot, uint64_t time_ns)
{
	double share = (double)time_ns / (double)plot->duration_ns;

	return LEFT + (WIDTH - LEFT - RIGHT) * (share > 1 ? 1 : share);
}

static double y_of(const struct plot *plot, uint64_t value)
{
	return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * ((double)value / (double)plot->max_value);
}

/* The least power of two that makes no more than TICKS steps. */
static uint64_t size_step(uint64_t max_value)
{
	uint64_t step = 1;

	while (step < UINT64_C(1) << 62 && max_value / step >= TICKS)
		step *= 2;
	return step;
}

/* The least of 1, 2, 5, 10, ... ns that does. */
static uint64_t time_step(uint64_t duration_ns)
{
	static const uint64_t factors[] = { 2, 5, 10 };
	uint64_t decade = 1, step = 1;

	for (size_t i = 0; duration_ns / step >= 2 * TICKS && decade < UINT64_C(1) << 60; i++) {
		step = decade * factors[i % 3];
		if (i % 3 == 2)
			decade *= 10;
	}
	return step;
}

static void draw_size_axis(struct plot *plot)
{
	uint64_t step = size_step(plot->max_value);

	for (uint64_t value = 0; value <= plot->max_value; value += step) {
		double y = y_of(plot, value);
		struct canvas_point line[] = { { LEFT, y }, { WIDTH - RIGHT, y } };

		canvas_line(&plot->canvas, line, 2, value ? PALE : BLACK);
		canvas_words(&plot->canvas, (struct canvas_point){ LEFT - 6, y + 4 }, ANCHOR_END, GREY,
			     units_size(value).text);
	}
}

static void draw_time_axis(struct plot *plot)
{
	uint64_t step = time_step(plot->duration_ns);
	double y = HEIGHT - BOTTOM;

	for (uint64_t time = 0; time <= plot->duration_ns; time += step) {
		double x = x_of(plot, time);
		struct canvas_point line[] = { { x, y }, { x, y + 4 } };

		canvas_line(&plot->canvas, line, 2, BLACK);
		canvas_words(&plot->canvas, (struct canvas_point){ x, y + 17 },
			     time ? ANCHOR_MIDDLE : ANCHOR_START, GREY, units_duration(time).text);
	}
}

/* --- Series ---------------------------------------------------------------------- */

/* A value holds until the next sample: two points each, and one at the end. */
static size_t steps_of(struct plot *plot, const struct view_sample *samples, size_t count)
{
	size_t points = 0;
	double y = 0;

	for (size_t i = 0; i < count; i++) {
		double x = x_of(plot, samples[i].time_ns);

		if (i)
			plot->points[points++] = (struct canvas_point){ x, y };
		y = y_of(plot, samples[i].value);
		plot->points[points++] = (struct canvas_point){ x, y };
	}
	if (count)
		plot->points[points++] = (struct canvas_point){ x_of(plot, plot->duration_ns), y };
	return points;
}

static void draw_line(struct plot *plot, const struct view_sample *samples, size_t count,
		      canvas_colour colour)
{
	canvas_line(&plot->canvas, plot->points, steps_of(plot, samples, count), colour);
}

static void draw_heap(struct plot *plot)
{
	const struct view_timeline *view = plot->view;
	size_t count = steps_of(plot, view->heap, view->heap_count);
	double bottom = HEIGHT - BOTTOM;

	if (!count)
		return;
	plot->points[count] = (struct canvas_point){ plot->points[count - 1].x, bottom };
	plot->points[count + 1] = (struct canvas_point){ plot->points[0].x, bottom };
	canvas_area(&plot->canvas, plot->points, count + 2, HEAP);
	canvas_line(&plot->canvas, plot->points, count, HEAP_EDGE);
}

static bool is_used(const struct view_sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (samples[i].value)
			return true;
	return false;
}

/* --- Marks ------------------------------------------------------------------------ */

static void draw_mark(struct plot *plot, uint64_t time_ns, double from, double to,
		      canvas_colour colour)
{
	double x = x_of(plot, time_ns);
	struct canvas_point line[] = { { x, from }, { x, to } };

	canvas_line(&plot->canvas, line, 2, colour);
}

/* Names stand where there is room: to the right of the one before. */
static void draw_snapshots(struct plot *plot)
{
	const struct view_timeline *view = plot->view;
	double y = HEIGHT - BOTTOM, free_from = LEFT;
	size_t shown = 0;

	for (size_t i = 0; i < view->snapshot_count; i++) {
		const struct view_mark *mark = &view->snapshots[i];
		double x = x_of(plot, mark->time_ns);

		draw_mark(plot, mark->time_ns, mark->automatic ? y - 5 : y, mark->automatic ? y : y + 24, GREY);
		if (mark->automatic || !mark->label || x < free_from || shown++ >= LABELS_MAX)
			continue;
		text_clear(&plot->text);
		frame_label_name(&plot->text, mark->label);
		canvas_words_cut(&plot->canvas, (struct canvas_point){ x, y + 36 }, WIDTH - x, GREY,
				 plot->text.data);
		free_from = x + ((double)plot->text.length + 1) * CANVAS_CHARACTER_WIDTH;
	}
}

static void draw_peak(struct plot *plot)
{
	const struct view_timeline *view = plot->view;

	if (!view->peak_time_ns)
		return;
	double x = x_of(plot, view->peak_time_ns), y = y_of(plot, view->peak_bytes);
	enum canvas_anchor anchor = x > WIDTH - 250 ? ANCHOR_END : ANCHOR_START;

	draw_mark(plot, view->peak_time_ns, y, HEIGHT - BOTTOM, PEAK);
	canvas_box(&plot->canvas, (struct canvas_box){ x - 3, y - 3, 6, 6 }, PEAK, NULL);
	text_clear(&plot->text);
	text_printf(&plot->text, "peak %s", units_size(view->peak_bytes).text);
	text_printf(&plot->text, " at %s", units_duration(view->peak_time_ns).text);
	canvas_words(&plot->canvas, (struct canvas_point){ x + (anchor == ANCHOR_END ? -6 : 6), y - 6 },
		     anchor, PEAK, plot->text.data);
}

/* --- DAG nodes --------------------------------------------------------------------- */

static const char *tooltip(struct plot *plot, const struct view_lane *lane,
			   const struct view_span *span)
{
	text_clear(&plot->text);
	frame_label_name(&plot->text, lane->node);
	text_printf(&plot->text, ": from %s", units_duration(span->begin_ns).text);
	text_printf(&plot->text, " to %s", units_duration(span->end_ns).text);
	text_printf(&plot->text, "; %s allocated in all", units_size(lane->allocated_bytes).text);
	plot->canvas.failed |= text_failed(&plot->text);
	return plot->text.data;
}

static void draw_lane(struct plot *plot, const struct view_lane *lane, double y)
{
	text_clear(&plot->text);
	frame_label_name(&plot->text, lane->node);
	canvas_words_cut(&plot->canvas, (struct canvas_point){ 6, y + 12 }, LEFT - 10, GREY,
			 plot->text.data);
	for (size_t i = 0; i < lane->span_count; i++) {
		double x = x_of(plot, lane->spans[i].begin_ns);
		double width = x_of(plot, lane->spans[i].end_ns) - x;

		canvas_box(&plot->canvas, (struct canvas_box){ x, y + 2, width < 1 ? 1 : width, LANE - 4 },
			   NODE, tooltip(plot, lane, &lane->spans[i]));
	}
}

static double lanes_height(const struct view_timeline *view)
{
	return view->lane_count ? (double)(view->lane_count + (view->other_lanes != 0)) * LANE + 10 : 0;
}

static void draw_lanes(struct plot *plot)
{
	const struct view_timeline *view = plot->view;
	double y = HEIGHT + (double)view->lane_count * LANE;

	for (size_t i = 0; i < view->lane_count; i++)
		draw_lane(plot, &view->lanes[i], HEIGHT + (double)i * LANE);
	if (!view->other_lanes)
		return;
	text_clear(&plot->text);
	text_printf(&plot->text, "%" PRIu64 " more nodes", view->other_lanes);
	canvas_words(&plot->canvas, (struct canvas_point){ LEFT, y + 12 }, ANCHOR_START, GREY,
		     plot->text.data);
}

/* --- Words ------------------------------------------------------------------------- */

static void add_title(struct plot *plot)
{
	const struct view_process *process = &plot->view->process;
	const char *program = process->executable ? process->executable : "";
	const char *slash = strrchr(program, '/');

	text_clear(&plot->text);
	frame_label_name(&plot->text, slash ? slash + 1 : program);
	text_printf(&plot->text, " (pid %" PRIu32 "): memory over time", process->pid);
	plot->canvas.failed |= text_failed(&plot->text);
}

static double draw_key(struct plot *plot, double x, canvas_colour colour, const char *name)
{
	canvas_box(&plot->canvas, (struct canvas_box){ x, 28, 12, 8 }, colour, NULL);
	canvas_words(&plot->canvas, (struct canvas_point){ x + 17, 36 }, ANCHOR_START, BLACK, name);
	return x + 17 + ((double)strlen(name) + 3) * CANVAS_CHARACTER_WIDTH;
}

static void draw_head(struct plot *plot)
{
	const struct view_timeline *view = plot->view;
	double x = LEFT;

	add_title(plot);
	canvas_words_cut(&plot->canvas, (struct canvas_point){ LEFT, 18 }, WIDTH - LEFT - RIGHT, BLACK,
			 plot->text.data);
	x = draw_key(plot, x, HEAP, "heap, as requested");
	if (is_used(view->mapped, view->mapped_count))
		x = draw_key(plot, x, MAPPED, "anonymous mappings");
	if (view->rss_count)
		draw_key(plot, x, RSS, "RSS");
}

/* --- All of it ----------------------------------------------------------------------- */

static uint64_t largest(const struct view_sample *samples, size_t count, uint64_t so_far)
{
	for (size_t i = 0; i < count; i++)
		so_far = samples[i].value > so_far ? samples[i].value : so_far;
	return so_far;
}

static void find_axes(struct plot *plot)
{
	const struct view_timeline *view = plot->view;

	plot->duration_ns = view->duration_ns ? view->duration_ns : 1;
	plot->max_value = largest(view->heap, view->heap_count, view->peak_bytes);
	plot->max_value = largest(view->rss, view->rss_count, plot->max_value);
	plot->max_value = largest(view->mapped, view->mapped_count, plot->max_value);
	plot->max_value = plot->max_value ? plot->max_value : 1;
}

static int make_room(struct plot *plot, struct error *err)
{
	const struct view_timeline *view = plot->view;
	size_t most = view->heap_count > view->rss_count ? view->heap_count : view->rss_count;

	most = view->mapped_count > most ? view->mapped_count : most;
	plot->points = calloc(2 * most + 3, sizeof *plot->points);
	return plot->points ? 0 : error_set(err, ERROR_NO_MEMORY, "out of memory");
}

static int draw(struct plot *plot, const struct canvas_form *form, FILE *out, struct error *err)
{
	const struct view_timeline *view = plot->view;

	add_title(plot);
	int code = canvas_open(&plot->canvas, form, WIDTH, HEIGHT + lanes_height(view),
			       plot->text.data, out, err);

	if (code)
		return code;
	draw_head(plot);
	draw_size_axis(plot);
	draw_heap(plot);
	if (is_used(view->mapped, view->mapped_count))
		draw_line(plot, view->mapped, view->mapped_count, MAPPED);
	draw_line(plot, view->rss, view->rss_count, RSS);
	draw_time_axis(plot);
	draw_snapshots(plot);
	draw_peak(plot);
	draw_lanes(plot);
	return canvas_close(&plot->canvas, err);
}

static int timeline_picture(const struct view_profile *view, const struct report_options *options,
			    FILE *out, struct error *err)
{
	struct plot plot = { .view = &view->timeline };

	text_init(&plot.text);
	find_axes(&plot);
	int code = make_room(&plot, err);

	if (!code)
		code = draw(&plot, options->png ? &canvas_png : &canvas_svg, out, err);
	free(plot.points);
	text_release(&plot.text);
	return code;
}

const struct report report_timeline = {
	.name = "timeline",
	.suffix = "svg",
	.summary = "a picture of memory over time, SVG or PNG",
	.profile = timeline_picture,
	.picture = true,
	.whole = true,
};
