/*
 * check_match: is a limit's pattern about a place, or about a DAG node?
 *
 * Patterns are those of filters; on lines they match "file.c:7" with the whole
 * path of the file or its last component.  check and check_leaks call it.
 */
#ifndef DAGMEM_ANALYZER_CHECK_MATCH_H
#define DAGMEM_ANALYZER_CHECK_MATCH_H

#include <stdbool.h>

#include "analyzer/call_frames.h"
#include "analyzer/limits.h"

/* `node` may be NULL: one without name.  A limit of the process is about everything. */
bool check_matches(const struct limit *limit, const struct frame_symbol *symbol, const char *node);

#endif
