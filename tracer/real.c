#include "tracer/real.h"

#include <dlfcn.h>
#include <string.h>

#include "tracer/modules.h"

struct real real;
static struct real found;       /* what real will be */

enum { ARENA_BYTES = 256 * 1024, ARENA_HEADER = 16, CHUNK_TRIALS = 32 };

static _Alignas(4096) char arena[ARENA_BYTES];
static size_t bootstrap_used;
static uint64_t bootstrap_count;

/* Holds its own address once the loader has relocated this library. */
static void *volatile relocation_witness = (void *)&relocation_witness;

bool real_relocated(void)
{
	return relocation_witness == (void *)&relocation_witness;
}

void *bootstrap_alloc(size_t bytes, size_t alignment)
{
	size_t before, start;

	if (alignment < ARENA_HEADER)
		alignment = ARENA_HEADER;
	if (bytes > ARENA_BYTES || alignment > 4096)
		return NULL;
	before = __atomic_load_n(&bootstrap_used, __ATOMIC_RELAXED);
	do {
		start = (before + ARENA_HEADER + alignment - 1) & ~(alignment - 1);
		if (start + bytes > ARENA_BYTES)
			return NULL;
	} while (!__atomic_compare_exchange_n(&bootstrap_used, &before, start + bytes, 0,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	__atomic_fetch_add(&bootstrap_count, 1, __ATOMIC_RELAXED);
	*(size_t *)(arena + start - sizeof(size_t)) = bytes;
	return arena + start;
}

bool bootstrap_owns(const void *block)
{
	return (uintptr_t)block - (uintptr_t)arena < ARENA_BYTES;
}

size_t bootstrap_usable_size(const void *block)
{
	return ((const size_t *)block)[-1];
}

uint64_t bootstrap_allocations(void)
{
	return __atomic_load_n(&bootstrap_count, __ATOMIC_RELAXED);
}

/* Where this library begins and ends in memory, by the linker. */
extern const char __ehdr_start[] HIDDEN, _end[] HIDDEN;

void bootstrap_span(uintptr_t *start, uintptr_t *end)
{
	*start = (uintptr_t)arena;
	*end = *start + __atomic_load_n(&bootstrap_used, __ATOMIC_RELAXED);
}

void real_library_span(uintptr_t *start, uintptr_t *end)
{
	*start = (uintptr_t)__ehdr_start;
	*end = (uintptr_t)_end;
}

/*
 * The next definition of `name` after ours: never ours, whatever the loader
 * says.  (dladdr() would tell too, but it visits every symbol of the C library.)
 */
static void *next(const char *name)
{
	void *there = dlsym(RTLD_NEXT, name);
	bool ours = (const char *)there >= __ehdr_start && (const char *)there < _end;

	return ours ? NULL : there;
}

static void note_allocator(void)
{
	const char *name = modules_path((uintptr_t)found.malloc), *slash = strrchr(name, '/');

	if (slash)
		name = slash + 1;
	real.glibc = strncmp(name, "libc.so.6", 9) == 0 || strncmp(name, "libc-2", 6) == 0;
	strncpy(real.allocator, name, sizeof real.allocator - 1);
}

bool real_resolve(void)
{
	found.calloc = next("calloc");     /* first: dlsym itself calls it */
	found.malloc = next("malloc");
	found.realloc = next("realloc");
	found.usable_size = next("malloc_usable_size");
	found.posix_memalign = next("posix_memalign");
	found.aligned_alloc = next("aligned_alloc");
	found.memalign = next("memalign");
	found.valloc = next("valloc");
	found.pvalloc = next("pvalloc");
	found.mmap = next("mmap");
	found.munmap = next("munmap");
	found.mremap = next("mremap");
	found.mlockall = next("mlockall");
	found.dlclose = next("dlclose");
	found.exit = next("exit");
	found.quick_exit = next("quick_exit");
	found.execve = next("execve");
	found.execvpe = next("execvpe");
	found.fexecve = next("fexecve");
	found.execveat = next("execveat");
	found.free = next("free");
	found.ready = found.malloc && found.calloc && found.realloc && found.free && found.usable_size;
	if (!found.ready)
		return false;
	note_allocator();
	return true;
}

void real_use(void)
{
	memcpy(found.allocator, real.allocator, sizeof found.allocator);
	found.glibc = real.glibc;
	real = found;
}

/* On trial: the header must say the same for the first blocks, else it is never asked again. */
COLD size_t real_usable_size_slow(void *block)
{
	static uint32_t agreed;
	static bool differed;
	size_t usable = real.usable_size(block);

	if (!real.glibc || differed)
		return usable;
	if (real_chunk_usable(block) != usable)
		differed = true;
	else if (__atomic_add_fetch(&agreed, 1, __ATOMIC_RELAXED) == CHUNK_TRIALS)
		real.reads_chunks = true;
	return usable;
}
