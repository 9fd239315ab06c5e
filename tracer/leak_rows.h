/*
 * leak_rows: the judged blocks of a leak check added up by account, verdict
 * and holder, with samples and the way to them: what goes into the profile.
 *
 * Where there are too many different holders (a global array of a million
 * pointers) those near each other are put into one row, at first within 256
 * bytes, then 4 KiB and so on.  In the child alone.
 */
#ifndef DAGMEM_TRACER_LEAK_ROWS_H
#define DAGMEM_TRACER_LEAK_ROWS_H

#include "tracer/leak_job.h"
#include "tracer/leak_lost.h"
#include "tracer/leak_roots.h"

struct leak_rows {
	struct leak_row *row;
	uint32_t count;
	uint32_t *of_block;             /* index of its row, or HEAP_GRAPH_NO_ROW: where the marker's queue was */
	uint64_t bytes;                 /* of all blocks, as requested */
	uint64_t verdict_blocks[HEAP_VERDICTS], verdict_bytes[HEAP_VERDICTS];
	bool folded;
};

/* False: no memory. */
bool leak_rows_add_up(struct leak_rows *rows, const struct leak_marker *marker, const struct leak_job *job,
		      const struct leak_roots *roots);

#endif
