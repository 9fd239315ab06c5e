/*
 * leak_graph: the heap's graph, blocks, edges and roots, into a file beside
 * the profile, as profile/leak_layout.h has it.  In a leak check's child.
 */
#ifndef DAGMEM_TRACER_LEAK_GRAPH_H
#define DAGMEM_TRACER_LEAK_GRAPH_H

#include "tracer/leak_job.h"
#include "tracer/leak_mark.h"
#include "tracer/leak_roots.h"
#include "tracer/leak_rows.h"

/* False: it could not be written, and there is no file. */
bool leak_graph_write(const struct leak_job *job, const struct leak_marker *marker,
		      const struct leak_roots *roots, const struct leak_rows *rows);

#endif
