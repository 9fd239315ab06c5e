/*
 * foreign: how libdagmem-new.so accounts.  That library stands in for the
 * operator new and delete of allocators whose own don't call malloc, and is
 * only there for programs that use such an allocator.
 *
 * A block is accounted once: when the operator did reach one of our hooks,
 * nothing more happens here.  Thread-safe, signal-safe, no allocation.
 */
#ifndef DAGMEM_TRACER_FOREIGN_H
#define DAGMEM_TRACER_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/unwind.h"

#define FOREIGN_API "dagmem_foreign_v1"         /* what dlsym() finds it by */

struct foreign_api {
	/* Whether `function` is of the library whose malloc serves: then its blocks are that heap's. */
	bool (*is_allocator)(const void *function);

	/* An operator new returned `block` to the code at `caller`. */
	void (*alloc)(void *block, size_t size_bytes, const struct frame *caller);

	/* An operator delete, whose caller's stack pointer is `frame`, is about to free `block`. */
	void (*free)(void *block, uintptr_t frame);
};

extern const struct foreign_api dagmem_foreign_v1;

/* Whether this thread's operator delete has accounted `block`, which now comes to free(). */
bool foreign_is_freeing(const void *block);

#endif
