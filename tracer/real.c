#include "tracer/real.h"

#include <dlfcn.h>
#include <string.h>

#include "tracer/sys.h"

struct real real;

enum { ARENA_BYTES = 256 * 1024, ARENA_HEADER = 16 };

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

static void *own_base(void)
{
	Dl_info info;

	return dladdr((void *)&real, &info) ? info.dli_fbase : NULL;
}

/* The next definition of `name` after ours: never ours, whatever the loader says. */
static void *next(const char *name, void *ours)
{
	void *found = dlsym(RTLD_NEXT, name);
	Dl_info info;

	if (found && dladdr(found, &info) && info.dli_fbase == ours)
		return NULL;
	return found;
}

static void note_allocator(void)
{
	Dl_info info;
	const char *name = "unknown", *slash;

	if (dladdr((void *)real.malloc, &info) && info.dli_fname) {
		slash = strrchr(info.dli_fname, '/');
		name = slash ? slash + 1 : info.dli_fname;
	}
	real.glibc = strncmp(name, "libc.so.6", 9) == 0 || strncmp(name, "libc-2", 6) == 0;
	strncpy(real.allocator, name, sizeof real.allocator - 1);
}

bool real_resolve(void)
{
	void *ours = own_base();

	real.calloc = next("calloc", ours);     /* first: dlsym itself calls it */
	real.malloc = next("malloc", ours);
	real.realloc = next("realloc", ours);
	real.usable_size = next("malloc_usable_size", ours);
	real.posix_memalign = next("posix_memalign", ours);
	real.aligned_alloc = next("aligned_alloc", ours);
	real.memalign = next("memalign", ours);
	real.valloc = next("valloc", ours);
	real.pvalloc = next("pvalloc", ours);
	real.mmap = next("mmap", ours);
	real.munmap = next("munmap", ours);
	real.mremap = next("mremap", ours);
	real.mlockall = next("mlockall", ours);
	real.dlclose = next("dlclose", ours);
	real.free = next("free", ours);
	real.ready = real.malloc && real.calloc && real.realloc && real.free && real.usable_size;
	if (real.ready)
		note_allocator();
	return real.ready;
}
