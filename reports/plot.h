/*
 * plot: two curves over time on a character grid.
 *
 * A filled area and a line over it, in braille (2 x 4 dots a character) or in
 * ASCII ('#' and '*').  The horizontal axis is time, the vertical one a value
 * from 0 up.  A dot column shows the largest value of its span, so that no
 * peak is lost, and values hold until the next sample.
 */
#ifndef DAGMEM_REPORTS_PLOT_H
#define DAGMEM_REPORTS_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct view_sample;
struct plot;

struct plot_shape {
	unsigned columns, rows;         /* characters */
	uint64_t duration_ns;           /* what the columns stand for, > 0 */
	uint64_t max_value;             /* what the rows stand for, > 0 */
	bool ascii;
	bool colour;
};

/* NULL: out of memory. */
struct plot *plot_new(const struct plot_shape *shape);
void plot_free(struct plot *plot);

/* Samples are in the order of time. */
void plot_area(struct plot *plot, const struct view_sample *samples, size_t count);
void plot_line(struct plot *plot, const struct view_sample *samples, size_t count);

/* The character column that `time_ns` falls into. */
unsigned plot_column(const struct plot_shape *shape, uint64_t time_ns);

/* One row of characters, 0 = top, without a newline or trailing blanks. */
void plot_print_row(const struct plot *plot, unsigned row, FILE *out);

#endif
