#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 64 * 1024, ALIGNMENT = _Alignof(max_align_t) };

struct arena_chunk {
	struct arena_chunk *older;
	size_t room_bytes;
	_Alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena)ARENA_INIT;
}

void arena_release(struct arena *arena)
{
	while (arena->newest) {
		struct arena_chunk *older = arena->newest->older;

		free(arena->newest);
		arena->newest = older;
	}
	arena->used_bytes = 0;
}

static struct arena_chunk *chunk_new(size_t room_bytes)
{
	struct arena_chunk *chunk = calloc(1, sizeof *chunk + room_bytes);

	if (chunk)
		chunk->room_bytes = room_bytes;
	return chunk;
}

/* A piece too large to share a chunk gets its own, behind the one in use. */
static void *alloc_large(struct arena *arena, size_t size_bytes)
{
	struct arena_chunk *chunk = chunk_new(size_bytes);

	if (!chunk)
		return NULL;
	if (arena->newest) {
		chunk->older = arena->newest->older;
		arena->newest->older = chunk;
	} else {
		arena->newest = chunk;
		arena->used_bytes = size_bytes;
	}
	return chunk->data;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
	if (size_bytes > PTRDIFF_MAX - CHUNK_BYTES)
		return NULL;
	size_bytes = size_bytes ? (size_bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1) : ALIGNMENT;
	if (size_bytes > CHUNK_BYTES / 4)
		return alloc_large(arena, size_bytes);
	if (!arena->newest || arena->newest->room_bytes - arena->used_bytes < size_bytes) {
		struct arena_chunk *chunk = chunk_new(CHUNK_BYTES);

		if (!chunk)
			return NULL;
		chunk->older = arena->newest;
		arena->newest = chunk;
		arena->used_bytes = 0;
	}
	void *piece = arena->newest->data + arena->used_bytes;

	arena->used_bytes += size_bytes;
	return piece;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size_bytes)
{
	size_t total_bytes;

	if (__builtin_mul_overflow(count, size_bytes, &total_bytes))
		return NULL;
	return arena_alloc(arena, total_bytes);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (copy)
		memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);

	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)length + 1, format, args);
	va_end(args);
	return text;
}
