/*
 * real: the allocator that the program would have used without us (the next
 * one after us in the loader's search order), and the arena that serves calls
 * before it is known.
 *
 * real_resolve() may be entered again by the allocations that dlsym() makes:
 * the arena serves those.  Nothing here is needed after start.
 */
#ifndef DAGMEM_TRACER_REAL_H
#define DAGMEM_TRACER_REAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tracer/hint.h"

struct real {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void (*free)(void *);
	size_t (*usable_size)(void *);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*valloc)(size_t);
	void *(*pvalloc)(size_t);
	void *(*mmap)(void *, size_t, int, int, int, off_t);
	int (*munmap)(void *, size_t);
	void *(*mremap)(void *, size_t, size_t, int, ...);
	int (*mlockall)(int);
	int (*dlclose)(void *);
	void (*exit)(int);
	void (*quick_exit)(int);
	int (*execve)(const char *, char *const *, char *const *);
	int (*execvpe)(const char *, char *const *, char *const *);
	int (*fexecve)(int, char *const *, char *const *);
	int (*execveat)(int, const char *, char *const *, char *const *, int);
	bool ready;                     /* all of malloc's family are there */
	bool glibc;                     /* the allocator is the GNU C library's own */
	bool reads_chunks;              /* and its chunks' headers say what usable_size() would */
	char allocator[32];             /* file name of the module that holds it */
};

extern struct real real HIDDEN;

/* False when the loader has not relocated us yet: then not even statics hold. */
bool real_relocated(void);

/*
 * Look everything up, without using it yet: what the start allocates for
 * itself comes from the arena and leaves the program's heap as it would be.
 * False: no allocator was found (then nothing may be hooked).
 */
bool real_resolve(void);

/* From now on the real allocator serves. */
void real_use(void);

/*
 * Usable bytes by the word before a block of the GNU C library's: its chunk's
 * size, with three flags below.  A chunk that was mapped by itself has two
 * words of header, one of the heap borrows the first of the next:
 *
 *      | size | flags | block ... (| next chunk's first word) |
 */
enum { REAL_CHUNK_MAPPED = 2, REAL_CHUNK_FLAGS = 7 };

static inline size_t real_chunk_word(const void *block)
{
	return ((const size_t *)block)[-1];
}

/* Whether it is one of the heap. */
static inline bool real_chunk_is_plain(const void *block)
{
	return !(real_chunk_word(block) & REAL_CHUNK_MAPPED);
}

/* Of one that is. */
static inline size_t real_chunk_usable_plain(const void *block)
{
	return (real_chunk_word(block) & ~(size_t)REAL_CHUNK_FLAGS) - sizeof(size_t);
}

static inline size_t real_chunk_usable(const void *block)
{
	size_t usable = real_chunk_usable_plain(block);

	return real_chunk_is_plain(block) ? usable : usable - sizeof(size_t);
}

size_t real_usable_size_slow(void *block);

/*
 * malloc_usable_size(), which looks at the neighbour's header and more.  The
 * chunk is read instead once both have agreed on the first blocks.
 */
static inline size_t real_usable_size(void *block)
{
	return likely(real.reads_chunks) ? real_chunk_usable(block) : real_usable_size_slow(block);
}

/* Bootstrap arena: zeroed, 16-byte aligned or more, never given back. NULL when full. */
void *bootstrap_alloc(size_t bytes, size_t alignment);
bool bootstrap_owns(const void *block);
size_t bootstrap_usable_size(const void *block);
uint64_t bootstrap_allocations(void);

/* What of the arena has been handed out, and all that the linker laid out for this library. */
void bootstrap_span(uintptr_t *start, uintptr_t *end);
void real_library_span(uintptr_t *start, uintptr_t *end);

#endif
