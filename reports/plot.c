#include "reports/plot.h"

#include <stdlib.h>

#include "analyzer/view.h"

enum { AREA = 1, LINE = 2 };    /* bits of a dot */

struct plot {
	struct plot_shape shape;
	unsigned cell_columns, cell_rows;       /* dots a character */
	unsigned columns, rows;                 /* dots */
	uint64_t *column_value;                 /* scratch: one a dot column; UINT64_MAX = none yet */
	uint8_t dots[];                         /* [row * columns + column] */
};

struct plot *plot_new(const struct plot_shape *shape)
{
	unsigned cell_columns = shape->ascii ? 1 : 2, cell_rows = shape->ascii ? 1 : 4;
	unsigned columns = shape->columns * cell_columns, rows = shape->rows * cell_rows;
	struct plot *plot = calloc(1, sizeof *plot + (size_t)columns * rows);

	if (!plot)
		return NULL;
	plot->shape = *shape;
	plot->cell_columns = cell_columns;
	plot->cell_rows = cell_rows;
	plot->columns = columns;
	plot->rows = rows;
	plot->column_value = calloc(columns, sizeof *plot->column_value);
	if (plot->column_value)
		return plot;
	free(plot);
	return NULL;
}

void plot_free(struct plot *plot)
{
	if (plot)
		free(plot->column_value);
	free(plot);
}

/* `value` of `of` on a scale of 0 to `scale` - 1. */
static unsigned scaled(uint64_t value, uint64_t of, unsigned scale)
{
	double at = (double)value / (double)of * scale;

	return at >= scale ? scale - 1 : (unsigned)at;
}

unsigned plot_column(const struct plot_shape *shape, uint64_t time_ns)
{
	return scaled(time_ns, shape->duration_ns, shape->columns);
}

/* The largest value of each dot column; what held before it counts too. */
static void spread(struct plot *plot, const struct view_sample *samples, size_t count)
{
	size_t next = 0;
	uint64_t value = UINT64_MAX;

	for (unsigned column = 0; column < plot->columns; column++) {
		uint64_t largest = value;

		while (next < count && scaled(samples[next].time_ns, plot->shape.duration_ns,
					      plot->columns) <= column) {
			value = samples[next++].value;
			if (largest == UINT64_MAX || value > largest)
				largest = value;
		}
		plot->column_value[column] = largest;
	}
}

/* Dots up to the value, at least one for any value but 0. */
static unsigned height_of(const struct plot *plot, uint64_t value)
{
	if (!value)
		return 0;
	return scaled(value, plot->shape.max_value, plot->rows) + 1;
}

static void mark(struct plot *plot, unsigned column, unsigned from, unsigned to, uint8_t bit)
{
	for (unsigned height = from; height < to; height++)
		plot->dots[(plot->rows - 1 - height) * plot->columns + column] |= bit;
}

void plot_area(struct plot *plot, const struct view_sample *samples, size_t count)
{
	spread(plot, samples, count);
	for (unsigned column = 0; column < plot->columns; column++)
		if (plot->column_value[column] != UINT64_MAX)
			mark(plot, column, 0, height_of(plot, plot->column_value[column]), AREA);
}

void plot_line(struct plot *plot, const struct view_sample *samples, size_t count)
{
	unsigned before = 0;

	spread(plot, samples, count);
	for (unsigned column = 0; column < plot->columns; column++) {
		unsigned height;

		if (plot->column_value[column] == UINT64_MAX)
			continue;
		height = height_of(plot, plot->column_value[column]);
		if (!height)
			continue;
		/* Join with the column before, so that a steep line has no gaps. */
		unsigned low = before && before < height ? before : height - 1;
		unsigned high = before > height ? before : height;

		mark(plot, column, low, high, LINE);
		before = height;
	}
}

/* The dots of a character that have one of `bits`, as braille's eight bits. */
static unsigned cell(const struct plot *plot, unsigned row, unsigned column, uint8_t bits)
{
	/* Unicode 2800 + bits: dots 1-3, 7 are the left column, 4-6, 8 the right. */
	static const uint8_t BRAILLE[4][2] = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };
	unsigned result = 0;

	for (unsigned y = 0; y < plot->cell_rows; y++)
		for (unsigned x = 0; x < plot->cell_columns; x++) {
			size_t at = (size_t)(row * plot->cell_rows + y) * plot->columns +
				column * plot->cell_columns + x;

			if (plot->dots[at] & bits)
				result |= BRAILLE[y][x];
		}
	return result;
}

static void print_braille(unsigned dots, FILE *out)
{
	unsigned code = 0x2800 + dots;

	if (!dots) {
		fputc(' ', out);
		return;
	}
	fputc((int)(0xe0 | code >> 12), out);
	fputc((int)(0x80 | (code >> 6 & 0x3f)), out);
	fputc((int)(0x80 | (code & 0x3f)), out);
}

static void print_cell(const struct plot *plot, unsigned row, unsigned column, FILE *out)
{
	unsigned line = cell(plot, row, column, LINE);

	if (plot->shape.ascii) {
		fputc(line ? '*' : cell(plot, row, column, AREA) ? '#' : ' ', out);
		return;
	}
	bool coloured = plot->shape.colour && line;

	if (coloured)
		fputs("\033[36m", out);
	print_braille(cell(plot, row, column, AREA | LINE), out);
	if (coloured)
		fputs("\033[0m", out);
}

void plot_print_row(const struct plot *plot, unsigned row, FILE *out)
{
	unsigned used = plot->shape.columns;

	while (used && !cell(plot, row, used - 1, AREA | LINE))
		used--;
	for (unsigned column = 0; column < used; column++)
		print_cell(plot, row, column, out);
}
