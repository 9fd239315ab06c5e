#include "tracer/row_cache.h"

#include <string.h>

void row_cache_clear(struct row_cache *cache)
{
	memset(cache, 0, sizeof *cache);
}

/* What is made now is not kept here: whether it may be, the table tells the next time. */
SEPARATE row row_cache_fill(struct row_cache *cache, uintptr_t pc)
{
	unsigned place = row_cache_place(pc);
	row r = row_kept(pc);

	if (!r)
		return unwind_rows_make(pc);
	cache->at[place].pc = 0;        /* nobody's, should a signal's handler jump away */
	compiler_barrier();
	cache->at[place].row = r;
	compiler_barrier();
	cache->at[place].pc = pc;
	return r;
}
