/* canvas_svg: SVG 1.1, without scripts and anything from elsewhere. */
#include <inttypes.h>

#include "base/error.h"
#include "reports/canvas.h"
#include "reports/xml_text.h"

static int svg_open(struct canvas *canvas, const char *title, struct error *err)
{
	FILE *out = canvas->out;

	(void)err;
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%.0f\""
		" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-family=\"'DejaVu Sans Mono',"
		"Menlo,Consolas,monospace\" font-size=\"%d\">\n<title>",
		canvas->width, canvas->height, canvas->width, canvas->height, CANVAS_FONT);
	xml_print(title, out);
	fputs("</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n", out);
	return 0;
}

static void svg_box(struct canvas *canvas, struct canvas_box box, canvas_colour fill,
		    const char *tooltip)
{
	fprintf(canvas->out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\""
		" fill=\"#%06" PRIx32 "\"", box.x, box.y, box.width, box.height, fill);
	if (!tooltip) {
		fputs("/>\n", canvas->out);
		return;
	}
	fputs("><title>", canvas->out);
	xml_print(tooltip, canvas->out);
	fputs("</title></rect>\n", canvas->out);
}

static void print_points(const struct canvas_point *points, size_t count, FILE *out)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%.2f,%.2f", i ? " " : "", points[i].x, points[i].y);
}

static void svg_line(struct canvas *canvas, const struct canvas_point *points, size_t count,
		     canvas_colour stroke)
{
	fprintf(canvas->out, "<polyline fill=\"none\" stroke=\"#%06" PRIx32 "\" points=\"", stroke);
	print_points(points, count, canvas->out);
	fputs("\"/>\n", canvas->out);
}

static void svg_area(struct canvas *canvas, const struct canvas_point *points, size_t count,
		     canvas_colour fill)
{
	fprintf(canvas->out, "<polygon fill=\"#%06" PRIx32 "\" points=\"", fill);
	print_points(points, count, canvas->out);
	fputs("\"/>\n", canvas->out);
}

static void svg_words(struct canvas *canvas, struct canvas_point at, enum canvas_anchor anchor,
		      canvas_colour fill, const char *words)
{
	static const char *const anchors[] = {
		[ANCHOR_START] = "", [ANCHOR_MIDDLE] = " text-anchor=\"middle\"",
		[ANCHOR_END] = " text-anchor=\"end\"",
	};

	/* The mouse is for the box below, which has the tooltip. */
	fprintf(canvas->out, "<text x=\"%.2f\" y=\"%.2f\" fill=\"#%06" PRIx32 "\"%s"
		" pointer-events=\"none\">", at.x, at.y, fill, anchors[anchor]);
	xml_print(words, canvas->out);
	fputs("</text>\n", canvas->out);
}

static int svg_close(struct canvas *canvas, struct error *err)
{
	fputs("</svg>\n", canvas->out);
	return canvas->failed ? error_set(err, ERROR_NO_MEMORY, "out of memory") : 0;
}

const struct canvas_form canvas_svg = {
	svg_open, svg_box, svg_line, svg_area, svg_words, svg_close,
};
