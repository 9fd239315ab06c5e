/*
 * leak_tls: whose thread-local variables lie where: of each module, in each
 * thread, at a leak check.
 *
 * The C library keeps for every thread a vector of blocks, by number of the
 * module; libraries that are there from the start have theirs in the thread's
 * static block, others in memory of malloc(), made at first use.  The numbers
 * stand in the loader's private part of struct link_map, next to what program
 * headers say of the module's TLS segment: they are found by that.
 *
 *     thread pointer -> vector [ length . | generation . | block 1 . | block 2 . | ... ]
 *                                           ^ vector, 16 bytes an entry
 *
 * In the child alone.
 */
#ifndef DAGMEM_TRACER_LEAK_TLS_H
#define DAGMEM_TRACER_LEAK_TLS_H

#include "tracer/leak_heap.h"
#include "tracer/leak_ranges.h"

enum { LEAK_TLS_MODULES_MAX = 256 };

struct leak_tls_module {
	uint32_t id;                    /* ours */
	uintptr_t bytes;
	uintptr_t number;               /* the loader's */
	uintptr_t offset;               /* of its block in the static one; 0: none, or not known */
};

struct leak_tls {
	struct leak_tls_module module[LEAK_TLS_MODULES_MAX];
	uint32_t count;
	bool partly;                    /* there are modules whose number was not found */
	struct leak_ranges ranges;      /* roots, in every thread: each module's, and the thread's own */
	struct leak_ranges kept;        /* blocks of malloc() that threads' vectors, or TLS, are in */
	struct leak_ranges roots;       /* of these, living threads' of modules that are not known */
};

/* False: no memory. */
bool leak_tls_init(struct leak_tls *tls, const struct leak_maps *maps, uint32_t threads);

/* The thread with that thread pointer; tid 0: it has ended, and only keeps its blocks. */
void leak_tls_add(struct leak_tls *tls, uintptr_t pointer, uint32_t tid, const struct leak_maps *maps,
		  const struct leak_heap *heap);

/* When all threads are there. */
void leak_tls_sort(struct leak_tls *tls);

/* module << 48 | offset in its TLS segment of the word at `address`; 0: not known. */
uint64_t leak_tls_place(const struct leak_tls *tls, uintptr_t address);

#endif
