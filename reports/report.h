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
#include "analyzer/view_check.h"
#include "analyzer/view_dag.h"
#include "analyzer/view_leaks.h"
#include "analyzer/view_stacks.h"
#include "base/error.h"

#define REPORT_PRUNE_USUAL (-1.0)

struct report_options {
	bool full_paths;        /* text: else the last two components */
	bool colour;            /* text: ANSI escapes */
	bool ascii;             /* text: no character beyond ASCII in plots */
	unsigned columns;       /* text: width of plots */
	size_t limit;           /* dag: rows of each table; 0 = all */
	const char *node;       /* dag: only this one; NULL = all */
	unsigned source_columns;        /* text: longer source lines are cut; 0 = none */
	const char *source_root;        /* SARIF: places are told from here; NULL: as they are */
	/* Of the forms that show call trees (frame_tree.h): */
	bool inverted, by_node, lines;
	bool png;               /* pictures: else SVG */
	double prune;           /* share; REPORT_PRUNE_USUAL: as that form does by itself */
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
	int (*dag)(const struct view_dag *view, const struct report_options *options, FILE *out,
		   struct error *err);
	int (*check)(const struct view_check *view, const struct report_options *options, FILE *out,
		     struct error *err);
	int (*profile)(const struct view_profile *view, const struct report_options *options,
		       FILE *out, struct error *err);
	bool binary;            /* `profile` writes no text */
	bool picture;           /* `profile` draws, as SVG or PNG */
	bool whole;             /* `profile` is of the whole run: filters and moments mean nothing */
	bool tree;              /* `profile` heeds inverted, by_node, lines, prune */
	bool snapshots;         /* `profile` shows what stacks held at snapshots */
	const char *summary;    /* of `profile`, for `help export` */
	int (*leaks)(const struct view_leaks_set *set, const struct report_options *options, FILE *out,
		     struct error *err);
};

/* All forms, ended by NULL. */
extern const struct report *const REPORTS[];

/* NULL when there is none of that name. */
const struct report *report_find(const char *name);

extern const struct report report_text;
extern const struct report report_json;
extern const struct report report_csv;
extern const struct report report_pprof;
extern const struct report report_speedscope;
extern const struct report report_folded;
extern const struct report report_massif;
extern const struct report report_flamegraph;
extern const struct report report_timeline;
extern const struct report report_junit;
extern const struct report report_sarif;
extern const struct report report_markdown;

#endif
