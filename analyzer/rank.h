/*
 * rank: the top-N report, from a query's rows to a view.
 */
#ifndef DAGMEM_ANALYZER_RANK_H
#define DAGMEM_ANALYZER_RANK_H

#include "analyzer/query.h"

/*
 * Fill `view` with the first `options->limit` rows by the metric, largest
 * first, equal rows in the order of their names.  The caller gives it to
 * view_top_free(); untouched on failure.  Errors: query_run()'s.
 */
int rank_top(struct dataset *data, const struct query_options *options, struct view_top *view,
	     struct error *err);

#endif
