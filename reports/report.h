/*
 * report: a form in which views are written.
 *
 * One form a file, all behind one const table (registry.c): adding one touches
 * its file and a line there.  A form renders the views it has a function for
 * to a stream that the caller owns and checks for write errors.
 */
#ifndef DAGMEM_REPORTS_REPORT_H
#define DAGMEM_REPORTS_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/view.h"
#include "base/error.h"

struct report_options {
	bool full_paths;        /* text: else the last two components */
	bool colour;            /* text: ANSI escapes */
	bool ascii;             /* text: no character beyond ASCII in plots */
	unsigned columns;       /* text: width of plots */
	unsigned source_columns;        /* text: longer source lines are cut; 0 = none */
};

/* Each returns 0 or ERROR_NO_MEMORY.  NULL: this form does not show that view. */
struct report {
	const char *name;       /* as `export` takes it */
	const char *suffix;     /* of files in this form */
	int (*top)(const struct view_top *view, const struct report_options *options, FILE *out,
		   struct error *err);
	int (*diff)(const struct view_diff *view, const struct report_options *options, FILE *out,
		    struct error *err);
	int (*timeline)(const struct view_timeline *view, const struct report_options *options,
			FILE *out, struct error *err);
	int (*info)(const struct view_info *view, const struct report_options *options, FILE *out,
		    struct error *err);
};

/* All forms, ended by NULL. */
extern const struct report *const REPORTS[];

/* NULL when there is none of that name. */
const struct report *report_find(const char *name);

extern const struct report report_text;
extern const struct report report_json;
extern const struct report report_csv;

#endif
