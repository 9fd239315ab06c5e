/*
 * arena: memory that is handed out piece by piece and given back at once.
 *
 * For data that lives as long as one analysis or one view: no piece is freed
 * alone, so there is nothing to leak on the way out.  Pieces are zeroed and
 * aligned for any type.  Every function that hands out memory returns NULL
 * when there is none.  One thread at a time.
 */
#ifndef DAGMEM_BASE_ARENA_H
#define DAGMEM_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *newest;
	size_t used_bytes;      /* in the newest chunk */
};

#define ARENA_INIT { NULL, 0 }

void arena_init(struct arena *arena);

/* Free every piece; the arena may be used again. */
void arena_release(struct arena *arena);

/* `size_bytes` may be 0: the result is then a unique address. */
void *arena_alloc(struct arena *arena, size_t size_bytes);

/* Room for `count` items of `size_bytes`; NULL also when the product overflows. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size_bytes);

/* A copy of `text`; NULL for NULL. */
char *arena_strdup(struct arena *arena, const char *text);

/* A NUL-terminated copy of the first `length` bytes. */
char *arena_strndup(struct arena *arena, const char *text, size_t length);

char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
