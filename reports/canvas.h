/*
 * canvas: rectangles, lines and words on a white sheet, as SVG or PNG.
 *
 * Lengths are pixels from the upper left corner.  Words are in a monospaced
 * face, so that what fits can be told without asking a font.  What is drawn
 * later lies above.
 */
#ifndef DAGMEM_REPORTS_CANVAS_H
#define DAGMEM_REPORTS_CANVAS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct error;
struct canvas;

typedef uint32_t canvas_colour; /* 0xrrggbb */

struct canvas_point { double x, y; };
struct canvas_box { double x, y, width, height; };

enum canvas_anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };

/* A kind of file; each is one file of ours. */
struct canvas_form {
	int (*open)(struct canvas *canvas, const char *title, struct error *err);
	void (*box)(struct canvas *canvas, struct canvas_box box, canvas_colour fill,
		    const char *tooltip);
	void (*line)(struct canvas *canvas, const struct canvas_point *points, size_t count,
		     canvas_colour stroke);
	void (*area)(struct canvas *canvas, const struct canvas_point *points, size_t count,
		     canvas_colour fill);
	void (*words)(struct canvas *canvas, struct canvas_point at, enum canvas_anchor anchor,
		      canvas_colour fill, const char *words);
	int (*close)(struct canvas *canvas, struct error *err);
};

extern const struct canvas_form canvas_svg;

/* By cairo, which is opened when it is needed; ERROR_NOT_FOUND when it is not there. */
extern const struct canvas_form canvas_png;

struct canvas {
	const struct canvas_form *form;
	FILE *out;
	double width, height;
	void *context;          /* the form's own */
	int failed;             /* for want of memory */
};

enum { CANVAS_FONT = 12, CANVAS_MAX_PIXELS = 32000 /* of PNG, either way */ };
#define CANVAS_CHARACTER_WIDTH (0.6 * CANVAS_FONT)      /* of DejaVu Sans Mono, Courier, ... */

/* The caller closes what opened well.  `title` is for readers of the file. */
int canvas_open(struct canvas *canvas, const struct canvas_form *form, double width, double height,
		const char *title, FILE *out, struct error *err);
int canvas_close(struct canvas *canvas, struct error *err);

/* `tooltip` may be NULL; forms without such things leave it out. */
void canvas_box(struct canvas *canvas, struct canvas_box box, canvas_colour fill,
		const char *tooltip);
void canvas_line(struct canvas *canvas, const struct canvas_point *points, size_t count,
		 canvas_colour stroke);
void canvas_area(struct canvas *canvas, const struct canvas_point *points, size_t count,
		 canvas_colour fill);

/* `at` is on the base line; valid UTF-8 without control characters. */
void canvas_words(struct canvas *canvas, struct canvas_point at, enum canvas_anchor anchor,
		  canvas_colour fill, const char *words);

/* As many characters as fit into `width`, with an ellipsis for the rest; nothing below three. */
void canvas_words_cut(struct canvas *canvas, struct canvas_point at, double width,
		      canvas_colour fill, const char *words);

#endif
