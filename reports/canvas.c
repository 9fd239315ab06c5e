#include "reports/canvas.h"

#include <string.h>

#include "base/text.h"
#include "reports/clean.h"

enum { CHARACTERS_MIN = 3 };

int canvas_open(struct canvas *canvas, const struct canvas_form *form, double width, double height,
		const char *title, FILE *out, struct error *err)
{
	*canvas = (struct canvas){ .form = form, .out = out, .width = width, .height = height };
	return form->open(canvas, title, err);
}

int canvas_close(struct canvas *canvas, struct error *err)
{
	return canvas->form->close(canvas, err);
}

void canvas_box(struct canvas *canvas, struct canvas_box box, canvas_colour fill, const char *tooltip)
{
	canvas->form->box(canvas, box, fill, tooltip);
}

void canvas_line(struct canvas *canvas, const struct canvas_point *points, size_t count,
		 canvas_colour stroke)
{
	if (count)
		canvas->form->line(canvas, points, count, stroke);
}

void canvas_area(struct canvas *canvas, const struct canvas_point *points, size_t count,
		 canvas_colour fill)
{
	if (count)
		canvas->form->area(canvas, points, count, fill);
}

void canvas_words(struct canvas *canvas, struct canvas_point at, enum canvas_anchor anchor,
		  canvas_colour fill, const char *words)
{
	canvas->form->words(canvas, at, anchor, fill, words);
}

void canvas_words_cut(struct canvas *canvas, struct canvas_point at, double width,
		      canvas_colour fill, const char *words)
{
	size_t length = strlen(words);
	size_t room = width > 0 ? (size_t)(width / CANVAS_CHARACTER_WIDTH) : 0;
	struct text cut;

	if (room < CHARACTERS_MIN)
		return;
	if (clean_prefix(words, length, room) == length) {
		canvas_words(canvas, at, ANCHOR_START, fill, words);
		return;
	}
	text_init(&cut);
	text_add_bytes(&cut, words, clean_prefix(words, length, room - 1));
	text_add(&cut, "…");
	canvas->failed |= text_failed(&cut);
	canvas_words(canvas, at, ANCHOR_START, fill, cut.data);
	text_release(&cut);
}
