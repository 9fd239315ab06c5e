/*
 * lanes: when the nodes of a DAG ran, for a timeline.  Only timeline calls it.
 */
#ifndef DAGMEM_ANALYZER_LANES_H
#define DAGMEM_ANALYZER_LANES_H

#include "analyzer/fill.h"
#include "analyzer/store.h"
#include "analyzer/view.h"

enum { LANES_MAX = 24, LANE_SPANS_MAX = 512 };

/*
 * Fill lanes, lane_count and other_lanes of `view`, whose duration is there;
 * `node`: only that one, NULL: all.  ERROR_NOT_FOUND: there is no such node.
 */
int lanes_fill(struct store *store, struct fill *fill, const char *node,
	       struct view_timeline *view, struct error *err);

#endif
