/*
 * regions: anonymous memory that the program mapped itself, apart from the
 * heap: which call stack mapped it, byte by byte, through partial munmap(),
 * MAP_FIXED over it, and mremap().
 *
 * A sorted table of disjoint ranges under a lock: a system call costs more
 * than a search in it.  What the C library maps for itself (thread stacks,
 * malloc's own) is not seen here.
 */
#ifndef DAGMEM_TRACER_REGIONS_H
#define DAGMEM_TRACER_REGIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/unwind.h"

/* [start, start + bytes) now is a fresh mapping, whatever was there; anonymous or not. */
void regions_map(uintptr_t start, size_t bytes, bool anonymous, const struct frame *caller);
void regions_unmap(uintptr_t start, size_t bytes, const struct frame *caller);

/* Whether munmap() takes these arguments: what it refuses stays mapped. */
bool regions_may_unmap(uintptr_t start, size_t bytes);

/*
 * mremap(): the old range has become the new one, which may overlap it.  With
 * old_bytes 0 the old range stays (MREMAP_DONTUNMAP, or a second mapping).
 */
void regions_remap(uintptr_t old_start, size_t old_bytes, uintptr_t start, size_t bytes,
		   const struct frame *caller);

/* Bytes of all that are resident now; for the end, when one thread is left that maps. */
uint64_t regions_resident(void);

/*
 * The `index`-th range and the account that mapped it; false when there are no
 * more.  Takes no lock: for a leak check's child.
 */
struct region { uintptr_t start, end; uint32_t account; };
bool regions_get(size_t index, struct region *region);

/* The range that holds `address`; ditto. */
bool regions_find(uintptr_t address, struct region *region);

/* In a forked child: first, and once it has its shard, charge to it what its parent had mapped. */
void regions_fork(void);
void regions_inherit(struct thread *inherited);

#endif
