/*
 * overview: all that is known of a profile, as one view: for reports that
 * show everything at once, and for exports of the call tree.
 */
#ifndef DAGMEM_ANALYZER_OVERVIEW_H
#define DAGMEM_ANALYZER_OVERVIEW_H

#include "analyzer/leaks.h"
#include "analyzer/tree.h"
#include "analyzer/view.h"
#include "analyzer/view_report.h"

struct dataset;
struct error;

struct overview_options {
	struct tree_options tree;
	struct leaks_options leaks;
};

/* The caller gives `view` to view_report_free(); untouched on failure. */
int overview_read(struct dataset *data, const struct overview_options *options,
		  struct view_report *view, struct error *err);

#endif
