/*
 * resolve_variables: the global and thread-local variables that hold what a leak check found.
 * Only resolve.c calls it.
 */
#ifndef DAGMEM_ANALYZER_RESOLVE_VARIABLES_H
#define DAGMEM_ANALYZER_RESOLVE_VARIABLES_H

#include "analyzer/resolve.h"

/*
 * Fill out->variables, by leak row, one check after the other, in `arena`.  A
 * module is opened once.  -1: no memory.
 */
int resolve_variables(const struct profile_data *data, const struct resolve_options *options,
		      struct arena *arena, struct resolved *out);

#endif
