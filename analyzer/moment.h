/*
 * moment: when a question is asked about: the end, the peak, a snapshot.
 *
 * What each account held then, and what of an account a metric means.  query
 * sums it up; stacks shows all of it.
 */
#ifndef DAGMEM_ANALYZER_MOMENT_H
#define DAGMEM_ANALYZER_MOMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/load.h"
#include "analyzer/view.h"
#include "base/arena.h"

struct dataset;
struct error;

struct moment {
	const char *name;       /* as view_top's `at`; lives as long as the dataset */
	const struct account_row *rows; /* by account id */
	size_t count;
	bool at_peak;           /* what is live is what was live at the peak */
};

/*
 * The moment `at` (query_options.at) of `data`; its rows live in `arena` or the dataset.
 * ERROR_NOT_FOUND: no snapshot of that label.  ERROR_USAGE: `metric` is not
 * known at that moment.
 */
int moment_find(struct dataset *data, const char *at, enum metric metric, struct arena *arena,
		struct moment *moment, struct error *err);

/* What `metric` means of an account at `moment`. */
struct view_total moment_value(const struct moment *moment, const struct account_row *row,
			       enum metric metric);

#endif
