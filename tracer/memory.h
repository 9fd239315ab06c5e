/*
 * memory: the tracer's private memory, from mmap only; addresses are never given
 * back.
 *
 * Zeroed, not counted against overcommit, never in huge pages, not in core
 * dumps, and not made resident by mlockall() of the program.  Thread-safe,
 * signal-safe.
 */
#ifndef DAGMEM_TRACER_MEMORY_H
#define DAGMEM_TRACER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/id_index.h"
#include "tracer/hint.h"

/* `bytes` of zeroed memory, page-aligned; NULL when the system has none. */
void *memory_reserve(size_t bytes);

/* Give the pages that lie wholly within back; the addresses stay ours, and read as zeros. */
void memory_discard(void *start, size_t bytes);

/* Both, for profile/id_index. */
extern const struct id_memory memory_for_indexes HIDDEN;

/* Virtual bytes reserved so far. */
uint64_t memory_reserved(void);

/* Bytes of it that are resident now. Looks at every page: for the end only. */
uint64_t memory_resident(void);

/* The same for any mapped range; not by two threads at once. */
uint64_t memory_resident_in(uintptr_t start, size_t bytes);

/* The tracer's `index`-th range: false when there are no more; *bytes 0: pass over it. */
bool memory_range(uint32_t index, uintptr_t *start, size_t *bytes);

/* Mark the tracer's static tables [start, start + bytes) as memory_reserve() would. */
void memory_adopt(void *start, size_t bytes);

/* The program locked all memory, now or also in future (MCL_FUTURE): take ours out again. */
void memory_unlock(int future);

#endif
