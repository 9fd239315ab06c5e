/*
 * timeline: memory over time, thinned to what a plot can show.
 */
#ifndef DAGMEM_ANALYZER_TIMELINE_H
#define DAGMEM_ANALYZER_TIMELINE_H

#include <stddef.h>

#include "analyzer/view.h"

struct dataset;
struct error;

enum { TIMELINE_POINTS_MAX = 4096 };

/*
 * Fill `view` with at most TIMELINE_POINTS_MAX points a series: where there
 * are more samples, the first, least, largest and last of each of equally
 * long spans, so that no extreme is lost.  The caller gives it to
 * view_timeline_free(); untouched on failure.
 */
int timeline_read(struct dataset *data, struct view_timeline *view, struct error *err);

/* The same with the lane of one DAG node only.  ERROR_NOT_FOUND: it never ran. */
int timeline_read_node(struct dataset *data, const char *node, struct view_timeline *view,
		       struct error *err);

#endif
