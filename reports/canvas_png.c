/*
 * canvas_png: PNG by cairo.
 *
 * The library is opened when a PNG is asked for: linked, it and the twenty
 * libraries that it needs, those of X among them, would double the time that
 * every other verb takes to start.
 */
#include "reports/canvas.h"

#include "base/error.h"

#ifdef HAVE_CAIRO

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cairo.h>

#define LIBRARY "libcairo.so.2"

#define FUNCTIONS(F)                                                                      \
	F(cairo_image_surface_create) F(cairo_surface_write_to_png_stream)                \
	F(cairo_surface_destroy) F(cairo_surface_status) F(cairo_create) F(cairo_destroy) \
	F(cairo_status) F(cairo_status_to_string) F(cairo_set_source_rgb)                 \
	F(cairo_rectangle) F(cairo_fill) F(cairo_stroke) F(cairo_paint) F(cairo_move_to)  \
	F(cairo_line_to) F(cairo_set_line_width) F(cairo_select_font_face)                \
	F(cairo_set_font_size) F(cairo_show_text)

struct png {
	void *library;
	/* A pointer to each function, by its name.  NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define POINTER(name) __typeof__(name) *name;
	struct { FUNCTIONS(POINTER) } use;
	cairo_surface_t *surface;
	cairo_t *cairo;
};

static bool find_functions(struct png *png)
{
	bool found = true;

#define FIND(name) found &= (png->use.name = (__typeof__(png->use.name))dlsym(png->library, #name)) != NULL;
	FUNCTIONS(FIND)
	return found;
}

static void release(struct png *png)
{
	if (png->cairo)
		png->use.cairo_destroy(png->cairo);
	if (png->surface)
		png->use.cairo_surface_destroy(png->surface);
	if (png->library)
		dlclose(png->library);
	free(png);
}

static bool open_library(struct png *png)
{
	png->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	return png->library && find_functions(png);
}

static void set_colour(const struct png *png, canvas_colour colour)
{
	png->use.cairo_set_source_rgb(png->cairo, (colour >> 16 & 255) / 255.0,
				      (colour >> 8 & 255) / 255.0, (colour & 255) / 255.0);
}

static int start(struct png *png, const struct canvas *canvas, struct error *err)
{
	if (!open_library(png))
		return error_set(err, ERROR_NOT_FOUND, "a PNG is drawn by cairo, which is not there ("
				 LIBRARY "; Debian: libcairo2); SVG needs nothing");
	png->surface = png->use.cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)canvas->width,
							   (int)canvas->height);
	png->cairo = png->use.cairo_create(png->surface);
	if (png->use.cairo_status(png->cairo) != CAIRO_STATUS_SUCCESS)
		return error_set(err, ERROR_NO_MEMORY, "cairo: %s",
				 png->use.cairo_status_to_string(png->use.cairo_status(png->cairo)));
	set_colour(png, 0xffffff);
	png->use.cairo_paint(png->cairo);
	png->use.cairo_set_line_width(png->cairo, 1);
	png->use.cairo_select_font_face(png->cairo, "monospace", CAIRO_FONT_SLANT_NORMAL,
					CAIRO_FONT_WEIGHT_NORMAL);
	png->use.cairo_set_font_size(png->cairo, CANVAS_FONT);
	return 0;
}

static int png_open(struct canvas *canvas, const char *title, struct error *err)
{
	struct png *png = calloc(1, sizeof *png);

	(void)title;
	if (!png)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	int status = start(png, canvas, err);

	if (status)
		release(png);
	else
		canvas->context = png;
	return status;
}

static void png_box(struct canvas *canvas, struct canvas_box box, canvas_colour fill,
		    const char *tooltip)
{
	const struct png *png = canvas->context;

	(void)tooltip;
	set_colour(png, fill);
	png->use.cairo_rectangle(png->cairo, box.x, box.y, box.width, box.height);
	png->use.cairo_fill(png->cairo);
}

static void draw_path(const struct png *png, const struct canvas_point *points, size_t count,
		      canvas_colour colour)
{
	set_colour(png, colour);
	png->use.cairo_move_to(png->cairo, points[0].x, points[0].y);
	for (size_t i = 1; i < count; i++)
		png->use.cairo_line_to(png->cairo, points[i].x, points[i].y);
}

static void png_line(struct canvas *canvas, const struct canvas_point *points, size_t count,
		     canvas_colour stroke)
{
	const struct png *png = canvas->context;

	draw_path(png, points, count, stroke);
	png->use.cairo_stroke(png->cairo);
}

static void png_area(struct canvas *canvas, const struct canvas_point *points, size_t count,
		     canvas_colour fill)
{
	const struct png *png = canvas->context;

	draw_path(png, points, count, fill);
	png->use.cairo_fill(png->cairo);
}

static size_t characters(const char *words)
{
	size_t count = 0;

	for (; *words; words++)
		count += ((unsigned char)*words & 0xc0) != 0x80;
	return count;
}

static void png_words(struct canvas *canvas, struct canvas_point at, enum canvas_anchor anchor,
		      canvas_colour fill, const char *words)
{
	static const double shares[] = {
		[ANCHOR_START] = 0, [ANCHOR_MIDDLE] = 0.5, [ANCHOR_END] = 1,
	};
	const struct png *png = canvas->context;
	double width = (double)characters(words) * CANVAS_CHARACTER_WIDTH;

	set_colour(png, fill);
	png->use.cairo_move_to(png->cairo, at.x - width * shares[anchor], at.y);
	png->use.cairo_show_text(png->cairo, words);
}

/* A failed write shows in the stream, where the caller looks. */
static cairo_status_t write_part(void *out, const unsigned char *bytes, unsigned length)
{
	fwrite(bytes, 1, length, out);
	return CAIRO_STATUS_SUCCESS;
}

static int png_close(struct canvas *canvas, struct error *err)
{
	struct png *png = canvas->context;
	cairo_status_t status = png->use.cairo_status(png->cairo);

	if (!status)
		status = png->use.cairo_surface_write_to_png_stream(png->surface, write_part,
								    canvas->out);
	if (status)
		error_set(err, ERROR_NO_MEMORY, "cairo: %s", png->use.cairo_status_to_string(status));
	release(png);
	if (!status && canvas->failed)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	return status ? err->code : 0;
}

const struct canvas_form canvas_png = {
	png_open, png_box, png_line, png_area, png_words, png_close,
};

#else

static int png_open(struct canvas *canvas, const char *title, struct error *err)
{
	(void)canvas, (void)title;
	return error_set(err, ERROR_NOT_FOUND, "this dagmem draws no PNG: it was built without cairo"
			 " (Debian: libcairo2-dev); SVG needs nothing");
}

const struct canvas_form canvas_png = { .open = png_open };

#endif
