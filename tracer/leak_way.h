/*
 * leak_way: how a block was reached, or the lost cycle that it is in, as a row
 * of a leak check tells it: block by block, with the word in each that points
 * to the next.
 *
 * Which word it was is not kept while the heap is marked, since that would take
 * memory for every block: it is looked for again, of the blocks that are told.
 * In the child alone.
 */
#ifndef DAGMEM_TRACER_LEAK_WAY_H
#define DAGMEM_TRACER_LEAK_WAY_H

#include "tracer/leak_lost.h"

/* Fill in path and target of a row whose largest block is `at`. */
void leak_way_tell(const struct leak_marker *marker, struct leak_row *row, uint32_t at);

#endif
