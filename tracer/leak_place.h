/*
 * leak_place: what is known of a root: which variable's word it is, or whose
 * frame it is in.  In a leak check's child; leak_rows and leak_graph ask.
 */
#ifndef DAGMEM_TRACER_LEAK_PLACE_H
#define DAGMEM_TRACER_LEAK_PLACE_H

#include "tracer/leak_roots.h"

struct leak_place {
	uint64_t code;                  /* as leak_row.holder_place */
	uint32_t account;               /* HELD_BY_MAPPING: who mapped it; 0: not the program itself */
};

/* Of the word at `address`, which `holder` has, in thread `tid`. */
struct leak_place leak_place_of(const struct leak_job *job, const struct leak_roots *roots,
				const struct leak_maps *maps, uint8_t holder, uint32_t tid,
				uintptr_t address);

#endif
