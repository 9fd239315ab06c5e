/*
 * leak_write: what a leak check found, into the profile: rows first, the head
 * with its directory entry last.  In the child alone, but for
 * leak_write_failure(), which is its parent's.
 */
#ifndef DAGMEM_TRACER_LEAK_WRITE_H
#define DAGMEM_TRACER_LEAK_WRITE_H

#include "tracer/leak_rows.h"
#include "tracer/leak_roots.h"

/* The head's page, which both processes have mapped; zeroed when it is taken. */
struct leak_head *leak_write_head(const struct leak_job *job);

/* Write the rows and fill in the head.  False: the profile has no room. */
bool leak_write(const struct leak_job *job, const struct leak_rows *rows, const struct leak_heap *heap,
		const struct leak_roots *roots, uint32_t flags);

/* Make the check be there, as it is now: nothing may follow. */
void leak_write_publish(const struct leak_job *job);

/* A check of which nothing came. */
void leak_write_failure(const struct leak_job *job, enum leak_status status, uint32_t error);

#endif
