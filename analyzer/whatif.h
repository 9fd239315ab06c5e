/*
 * whatif: the peak that a run would have had if results had been freed when
 * they were used for the last time.
 *
 * The heap's highest points are known execution by execution: what it held when
 * a node began, and the most that the node added.  From each, what was held of
 * results that nobody was to use any more is taken off.  With one node at a
 * time that is exact; where nodes overlap, each is taken to add its most while
 * the others do, so the answer is an upper bound.  dag_view calls it.
 */
#ifndef DAGMEM_ANALYZER_WHATIF_H
#define DAGMEM_ANALYZER_WHATIF_H

#include "analyzer/dag_model.h"

/* A time in which the heap was at most so large. */
struct whatif_moment {
	uint64_t at_ns, until_ns;
	uint64_t bytes;
	uint32_t run;
};

/* A part of a result between its last use and its free. */
struct whatif_span { uint64_t from_ns, to_ns, bytes; uint32_t node; };

struct whatif {
	struct whatif_moment *moments;          /* by time */
	size_t moment_count;
	struct whatif_span *spans;              /* by from_ns */
	size_t span_count;
	bool exact;                             /* no two executions overlap */
	size_t highest;                         /* the moment of the measured peak */
	uint64_t held_bytes;                    /* by spans, then */
	uint64_t peak_bytes;                    /* without the spans */
	size_t peak_moment;
};

/* Everything lives in `arena`. -1: no memory.  Of no executions nothing is known: moment_count 0. */
int whatif_make(struct whatif *whatif, const struct dag_model *model, struct arena *arena);

/* The peak if only `node`'s spans were not there. -1: no memory. */
int whatif_without(const struct whatif *whatif, uint32_t node, uint64_t *peak_bytes);

/* What is held at the highest moment, by node: `bytes` has room for node_limit. */
void whatif_held(const struct whatif *whatif, uint64_t *bytes, uint32_t node_limit);

#endif
