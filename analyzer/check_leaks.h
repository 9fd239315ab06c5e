/*
 * check_leaks: limits on what is lost.
 *
 * Lost is what `dagmem leaks` calls definite and indirect, less what is
 * suppressed.  check calls it.
 */
#ifndef DAGMEM_ANALYZER_CHECK_LEAKS_H
#define DAGMEM_ANALYZER_CHECK_LEAKS_H

#include "analyzer/fill.h"
#include "analyzer/leaks.h"
#include "analyzer/limits.h"

/*
 * Judge `limit` into `item`, which has its texts already.  `options` names the
 * check and the suppressions.  ERROR_NOT_FOUND: the profile holds no leak
 * check; the message says how to get one.
 */
int check_leaks(struct dataset *data, const struct limit *limit, const struct leaks_options *options,
		struct fill *fill, struct view_check_item *item, struct error *err);

#endif
