/*
 * check: does a profile keep to its budget, and to what a baseline was?
 *
 * A limit on a line, function, file, module or node is about each row of
 * `dagmem top --by` it whose name the pattern matches, alone.  cmd_check
 * calls it.
 */
#ifndef DAGMEM_ANALYZER_CHECK_H
#define DAGMEM_ANALYZER_CHECK_H

#include "analyzer/limits.h"
#include "analyzer/query.h"
#include "analyzer/view.h"
#include "analyzer/view_check.h"

struct dataset;
struct error;
struct leaks_options;

/*
 * Fill `view` with one item for each limit, and with `baseline` (may be NULL)
 * one for each quantity compared and for new sites.  Of `options` only what
 * decides who owns a row counts: skip, leaf; of `leaks` which check, and the
 * suppressions.  ERROR_NOT_FOUND: a limit on leaks, and no leak check in the
 * profile.  The caller gives `view` to view_check_free(); untouched on failure.
 */
int check_run(struct dataset *data, struct dataset *baseline, const char *baseline_at,
	      const struct limits *limits, const struct query_options *options,
	      const struct leaks_options *leaks, struct view_check *view, struct error *err);

#endif
