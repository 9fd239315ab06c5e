/*
 * diff: what changed between two profiles or two moments of one.
 *
 * Rows are matched by names (file and line, function, stack ...), never by
 * addresses, so profiles of different builds can be compared.
 */
#ifndef DAGMEM_ANALYZER_DIFF_H
#define DAGMEM_ANALYZER_DIFF_H

#include "analyzer/dataset.h"
#include "analyzer/query.h"

/*
 * Compare `old_data` at `old_at` with `new_data` at `new_at` (moments as
 * query_options.at; the options' own `at` is not used).  Both may be the same
 * dataset.  Rows by |difference|, largest first, equal ones left out.  The
 * caller gives `view` to view_diff_free(); untouched on failure.
 */
int diff_datasets(struct dataset *old_data, const char *old_at, struct dataset *new_data,
		  const char *new_at, const struct query_options *options, struct view_diff *view,
		  struct error *err);

/*
 * The same for `PROFILE[@LABEL]`, as profile_spec.h takes it.
 */
int diff_profiles(const char *old_spec, const char *new_spec, const struct query_options *options,
		  const struct dataset_options *open_options, struct view_diff *view,
		  struct error *err);

#endif
