/*
 * store: memory for an adapter's notes: small pieces cut from mapped chunks,
 * given back all at once.
 *
 * An adapter lives in the traced program's callbacks, where malloc would be
 * charged to the program: memory comes from mmap.  Not thread-safe: whoever
 * owns a store uses it alone.
 */
#ifndef DAGMEM_TRACER_ADAPTERS_STORE_H
#define DAGMEM_TRACER_ADAPTERS_STORE_H

#include <stddef.h>

struct store_chunk;

/* All zero is empty. */
struct store {
	struct store_chunk *newest;
	size_t used;                    /* of the newest chunk */
};

/* `bytes`, zeroed, aligned to 8; NULL when there is no memory. */
void *store_take(struct store *store, size_t bytes);

/* Give all of it back. */
void store_release(struct store *store);

#endif
