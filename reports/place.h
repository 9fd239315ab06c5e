/*
 * place: how text reports name a place in the program.
 *
 * Source first, as file:line; where there is none, function (module); where
 * there is no function either, module+0xoffset.  Paths are shortened to their
 * last two components, modules to their last, unless full paths are wanted.
 */
#ifndef DAGMEM_REPORTS_PLACE_H
#define DAGMEM_REPORTS_PLACE_H

#include <stdio.h>

#include "reports/report.h"

/* The part of `path` that is shown. */
const char *place_path(const char *path, const struct report_options *options);
const char *place_module(const char *path, const struct report_options *options);

/* A row's name by its grouping.  Never writes a newline. */
void place_print(const struct view_frame *frame, const char *name, enum grouping by,
		 const struct report_options *options, FILE *out);

/* The source line under a row, when there is one, without its indentation. */
void place_print_source(const struct view_frame *frame, const struct report_options *options,
			FILE *out);

/*
 * A stack as tracemalloc's Traceback.format() does, most recent call last:
 *
 *     File "src/load.c", line 33, in load_table
 *       t->rows = malloc(n * sizeof *t->rows);
 */
void place_print_stack(const struct view_frame *frames, size_t count,
		       const struct report_options *options, FILE *out);

#endif
