/*
 * filter: which stacks a query is about, by the patterns of its options.
 *
 * As tracemalloc's Filter: a stack is in when some include pattern matches (or
 * there is none) and no exclude pattern does.  query and stacks call it, and
 * check for the patterns of limits.
 */
#ifndef DAGMEM_ANALYZER_FILTER_H
#define DAGMEM_ANALYZER_FILTER_H

#include <stdbool.h>

#include "analyzer/call_frames.h"
#include "analyzer/query.h"

/*
 * Fill wanted[node] for the stack that ends at each node, given the owning
 * symbols of attribute_owners().  -1: no memory.  Linear.
 */
int filter_stacks(const struct call_frames *frames, const struct query_options *options,
		  const uint32_t *owners, bool *wanted);

/* Does one pattern match, as struct patterns has them? */
bool filter_matches(const char *glob, const struct frame_symbol *symbol);

#endif
