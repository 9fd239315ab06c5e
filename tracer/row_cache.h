/*
 * row_cache: a thread's own copy of the rows that it used last, each where its
 * address alone says: one comparison, in a few lines that stay near, instead of
 * a set of the table that all threads share, whose lines are far from each other.
 *
 * It holds what that table held, so rows of addresses in no module are never in
 * it; and for one generation of loaded code: whoever notices another one clears
 * it.  Used by the memo's walks.
 */
#ifndef DAGMEM_TRACER_ROW_CACHE_H
#define DAGMEM_TRACER_ROW_CACHE_H

#include "tracer/unwind_rows.h"

enum { ROW_CACHE_BITS = 9, ROW_CACHE_ROWS = 1 << ROW_CACHE_BITS };

struct row_cache { struct { uintptr_t pc; row row; } at[ROW_CACHE_ROWS]; };

void row_cache_clear(struct row_cache *cache);

/* unwind_row(), where the cache does not have it. */
row row_cache_fill(struct row_cache *cache, uintptr_t pc);

static inline unsigned row_cache_place(uintptr_t pc)
{
	return (pc ^ pc >> ROW_CACHE_BITS) % ROW_CACHE_ROWS;
}

/* As unwind_row(); `pc` is not 0. */
static inline row row_cache_row(struct row_cache *cache, uintptr_t pc)
{
	unsigned place = row_cache_place(pc);

	return likely(cache->at[place].pc == pc) ? cache->at[place].row : row_cache_fill(cache, pc);
}

#endif
