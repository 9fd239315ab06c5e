/*
 * trend: does a series of numbers grow, and how fast?
 *
 * The slope is Theil and Sen's: the median over all pairs of points, which a
 * quarter of wild values does not move.  Its confidence interval is Sen's
 * ("Estimates of the regression coefficient based on Kendall's tau", 1968),
 * with Kendall's exact distribution for few points and his normal
 * approximation, corrected for ties, for more.
 *
 * Growing is told from levelling off by looking at the last half alone, and
 * there again at its last half: a cache that has filled up, or fills ever more
 * slowly, is no leak; a steady climb after a large start is one.  leaks asks
 * over snapshots, and whoever has iterations of a DAG over those.
 */
#ifndef DAGMEM_ANALYZER_TREND_H
#define DAGMEM_ANALYZER_TREND_H

#include <stddef.h>

#include "analyzer/view.h"
#include "analyzer/view_leaks.h"

enum {
	TREND_POINTS_MIN = 4,           /* with fewer the verdict is TREND_UNKNOWN */
	TREND_POINTS_MAX = 256,         /* of longer series so many are looked at, evenly spread */
};

/*
 * The trend of `count` points (x[i], y[i]), x growing.  `trend->unit` is left
 * NULL, `since` VIEW_NOT_KNOWN.  A slope of fewer than 2 points is 0.  -1: no memory.  The time is bounded by
 * TREND_POINTS_MAX squared.
 */
int trend_find(const double *x, const double *y, size_t count, struct view_trend *trend);

#endif
