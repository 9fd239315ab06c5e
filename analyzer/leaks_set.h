/*
 * leaks_set: the leaks of several profiles, put together: a run's processes.
 *
 * Each stays what it is; added up are the sums of each verdict and what each
 * suppression hid.  A forked child has the blocks that its parent had, so what
 * both tell of is counted, too.  `dagmem leaks` and `dagmem run` make one.
 */
#ifndef DAGMEM_ANALYZER_LEAKS_SET_H
#define DAGMEM_ANALYZER_LEAKS_SET_H

#include "analyzer/view_leaks.h"

struct error;

#define LEAKS_SET_INIT { .count = 0 }

/*
 * Add `view`, which is the set's from now on, also on failure.
 * ERROR_NO_MEMORY.  The set is given to view_leaks_set_free().
 */
int leaks_set_add(struct view_leaks_set *set, struct view_leaks *view, struct error *err);

#endif
