/*
 * leak_ranges: lists of address ranges for a leak check: what each is, and one
 * list laid over another.
 */
#ifndef DAGMEM_TRACER_LEAK_RANGES_H
#define DAGMEM_TRACER_LEAK_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "profile/leak_layout.h"

enum leak_range_flag {
	RANGE_SPARSE = 1,               /* anonymous: pages that were never touched need no look */
	RANGE_PROBE = 2,                /* of a file that may be shorter: ask before a page is read */
	RANGE_LIBC = 4,                 /* the C library's data: its pointers to chunks are none to blocks */
	RANGE_LOADER = 16,              /* the loader's data: it aligns some of its pointers further */
	RANGE_UNSURE = 8,               /* may be no root: what only it holds is possibly lost */
};

enum { RANGE_NO_ROOT = 255 };           /* as `holder` */

struct leak_range {
	uintptr_t start, end;
	uint32_t tid;
	uint8_t holder;                 /* enum leak_holder; RANGE_NO_ROOT */
	uint8_t flags;                  /* enum leak_range_flag */
	uint16_t module;                /* leak_tls: whose thread-local variables they are */
};

struct leak_ranges {
	struct leak_range *range;
	uint32_t count, capacity;
};

/* False: no memory. */
bool leak_ranges_init(struct leak_ranges *ranges, uint32_t capacity);

/* Ranges that are empty, or find no room, are left out. */
void leak_ranges_add(struct leak_ranges *ranges, struct leak_range range);

/* Put in order of address and make disjoint: of two that meet the one that begins first wins. */
void leak_ranges_sort(struct leak_ranges *ranges);

/* Whether [start, end) meets a range; they are in order. */
bool leak_ranges_meet(const struct leak_ranges *ranges, uintptr_t start, uintptr_t end);

/*
 * Where `top` has a range it says what `base` is; what `base` does not have
 * stays away.  Both in order; flags of `base` that say how to read stay.  The
 * result replaces `base`.  False: no memory.
 */
bool leak_ranges_lay(struct leak_ranges *base, const struct leak_ranges *top);

#endif
