/*
 * flamegraph: the call tree as boxes as wide as what was charged below them,
 * for papers and the artefacts of CI; nothing in it moves.
 *
 *     +------+  +--+          callees on their callers; inverted: callers
 *     | load |  |  |          hang below what allocated
 *     +------+--+--+--+
 *     | main          |
 *     +---------------+
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "reports/canvas.h"
#include "reports/frame_label.h"
#include "reports/frame_tree.h"
#include "reports/names.h"
#include "reports/report.h"

enum { WIDTH = 1200, MARGIN = 10, ROW = 17, HEAD = 44, DEPTH_MAX = 500 };
#define NARROWEST 0.1           /* pixels; what is narrower is not drawn */
#define GAP 0.5                 /* between boxes */

struct picture {
	const struct view_stacks *view;
	const struct frame_tree *tree;
	const struct report_options *options;
	struct canvas canvas;
	struct text text;
	uint32_t rows;
	uint64_t narrow, deep;  /* parts that are not drawn */
};

/* --- Colours ------------------------------------------------------------------ */

static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h ^ h >> 15;
}

/* Light shades of Okabe and Ito's colours, which all eyes tell apart: one a module. */
static canvas_colour colour_of(const struct picture *picture, const struct frame_tree_node *node)
{
	static const uint8_t hues[][3] = {
		{ 240, 180, 60 }, { 120, 190, 235 }, { 90, 190, 150 }, { 240, 225, 110 },
		{ 235, 150, 100 }, { 215, 160, 195 },
	};
	const struct view_frame *frame =
		node->frame == FRAME_TREE_NO_FRAME ? NULL : &picture->view->frames[node->frame];

	if (!frame)
		return 0xc8c8c8;
	const uint8_t *hue = hues[hash(frame->module ? frame->module : "") % (sizeof hues / sizeof *hues)];
	uint32_t darker = hash(picture->tree->labels[node->label]) % 24;

	return (canvas_colour)(hue[0] - darker) << 16 | (canvas_colour)(hue[1] - darker) << 8 |
	       (hue[2] - darker);
}

/* --- Words -------------------------------------------------------------------- */

static void add_value(struct picture *picture, uint64_t value)
{
	if (metric_counts(picture->view->metric))
		text_printf(&picture->text, "%" PRIu64 " allocations", value);
	else
		text_add(&picture->text, units_size(value).text);
}

static const char *tooltip(struct picture *picture, const struct frame_tree_node *node)
{
	uint64_t whole = picture->tree->nodes[0].sum;

	text_clear(&picture->text);
	text_add(&picture->text, picture->tree->labels[node->label]);
	text_add(&picture->text, ": ");
	add_value(picture, node->sum);
	text_printf(&picture->text, " (%.2f %%)", whole ? 100.0 * (double)node->sum / (double)whole : 0);
	picture->canvas.failed |= text_failed(&picture->text);
	return picture->text.data;
}

static void add_title(struct picture *picture)
{
	const struct view_stacks *view = picture->view;
	const char *program = view->process.executable ? view->process.executable : "";
	const char *slash = strrchr(program, '/');

	text_clear(&picture->text);
	frame_label_name(&picture->text, slash ? slash + 1 : program);
	text_printf(&picture->text, " (pid %" PRIu32 "): %s", view->process.pid,
		    metric_name(view->metric));
	if (view->at && view->metric != METRIC_PEAK) {
		text_add(&picture->text, " at ");
		frame_label_name(&picture->text, view->at);
	}
	text_add(&picture->text, ", ");
	add_value(picture, picture->tree->nodes[0].sum);
	picture->canvas.failed |= text_failed(&picture->text);
}

static void draw_head(struct picture *picture)
{
	struct canvas_point at = { MARGIN, 18 };

	add_title(picture);
	canvas_words_cut(&picture->canvas, at, WIDTH - 2 * MARGIN, 0, picture->text.data);
	text_clear(&picture->text);
	if (picture->narrow)
		text_printf(&picture->text, "%" PRIu64 " parts too narrow to be seen", picture->narrow);
	if (picture->deep)
		text_printf(&picture->text, "%s%" PRIu64 " too deep", picture->narrow ? ", " : "",
			    picture->deep);
	at.y += ROW;
	canvas_words_cut(&picture->canvas, at, WIDTH - 2 * MARGIN, 0x606060, picture->text.data);
}

/* --- Boxes -------------------------------------------------------------------- */

static void draw_node(struct picture *picture, const struct frame_tree_node *node, double x,
		      double width)
{
	uint32_t row = node->depth - 1;
	uint32_t from_top = picture->options->inverted ? row : picture->rows - 1 - row;
	struct canvas_box box = { x, HEAD + from_top * ROW, width > 2 * GAP ? width - GAP : width,
				  ROW - GAP };

	canvas_box(&picture->canvas, box, colour_of(picture, node), tooltip(picture, node));
	canvas_words_cut(&picture->canvas, (struct canvas_point){ x + 3, box.y + 12.5 },
			 box.width - 6, 0, picture->tree->labels[node->label]);
}

/* The next node that is not below `node`. */
static uint32_t skip(const struct frame_tree *tree, uint32_t node)
{
	while (node && !tree->nodes[node].next)
		node = tree->nodes[node].parent;
	return node ? tree->nodes[node].next : 0;
}

/*
 * Siblings stand beside each other in their order; `ends[depth]` is where the
 * last one of that depth ends.
 */
static void each_box(struct picture *picture, double *ends,
		     void (*use)(struct picture *picture, const struct frame_tree_node *node, double x,
				 double width))
{
	const struct frame_tree *tree = picture->tree;
	double scale = (WIDTH - 2 * MARGIN) / (double)(tree->nodes[0].sum ? tree->nodes[0].sum : 1);
	uint32_t i = tree->nodes[0].first_child;

	ends[0] = MARGIN;
	if (i)
		ends[1] = MARGIN;
	while (i) {
		const struct frame_tree_node *node = &tree->nodes[i];
		double x = ends[node->depth], width = (double)node->sum * scale;
		bool drawn = width >= NARROWEST && node->depth <= DEPTH_MAX;

		use(picture, node, x, width);
		ends[node->depth] = x + width;
		if (drawn && node->first_child)
			ends[node->depth + 1] = x;
		i = drawn ? frame_tree_next(tree, i) : skip(tree, i);
	}
}

/* Before anything is drawn: how many rows, and what is left out. */
static void measure(struct picture *picture, const struct frame_tree_node *node, double x,
		    double width)
{
	(void)x;
	if (width < NARROWEST)
		picture->narrow++;
	else if (node->depth > DEPTH_MAX)
		picture->deep++;
	else if (node->depth > picture->rows)
		picture->rows = node->depth;
}

static void draw(struct picture *picture, const struct frame_tree_node *node, double x, double width)
{
	if (width >= NARROWEST && node->depth <= DEPTH_MAX)
		draw_node(picture, node, x, width);
}

static int draw_picture(struct picture *picture, double *ends, FILE *out, struct error *err)
{
	const struct canvas_form *form = picture->options->png ? &canvas_png : &canvas_svg;

	each_box(picture, ends, measure);
	add_title(picture);
	int code = canvas_open(&picture->canvas, form, WIDTH, HEAD + picture->rows * ROW + MARGIN,
			       picture->text.data, out, err);

	if (code)
		return code;
	draw_head(picture);
	each_box(picture, ends, draw);
	return canvas_close(&picture->canvas, err);
}

static int flamegraph(const struct view_profile *view, const struct report_options *options,
		      FILE *out, struct error *err)
{
	const struct frame_tree_options shape = {
		.metric = view->stacks.metric, .inverted = options->inverted,
		.by_node = options->by_node, .lines = options->lines,
		.prune = options->prune > 0 ? options->prune : 0,
	};
	struct frame_tree tree;
	struct picture picture = { .view = &view->stacks, .tree = &tree, .options = options };
	int code = frame_tree_make(&tree, &view->stacks, NULL, &shape, err);

	if (code)
		return code;
	double *ends = arena_alloc_array(&tree.arena, tree.depth + 2, sizeof *ends);

	text_init(&picture.text);
	code = ends ? draw_picture(&picture, ends, out, err)
		    : error_set(err, ERROR_NO_MEMORY, "out of memory");
	text_release(&picture.text);
	frame_tree_release(&tree);
	return code;
}

const struct report report_flamegraph = {
	.name = "flamegraph",
	.suffix = "svg",
	.summary = "a picture of the call tree, SVG or PNG",
	.profile = flamegraph,
	.tree = true,
	.picture = true,
};
