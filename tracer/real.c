#include "tracer/real.h"

#include <dlfcn.h>
#include <string.h>

#include "tracer/sys.h"

struct real real;
static struct real found;       /* what real will be */

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
	void *there = dlsym(RTLD_NEXT, name);
	Dl_info info;

	if (there && dladdr(there, &info) && info.dli_fbase == ours)
		return NULL;
	return there;
}

static void note_allocator(void)
{
	Dl_info info;
	const char *name = "unknown", *slash;

	if (dladdr((void *)found.malloc, &info) && info.dli_fname) {
		slash = strrchr(info.dli_fname, '/');
		name = slash ? slash + 1 : info.dli_fname;
	}
	real.glibc = strncmp(name, "libc.so.6", 9) == 0 || strncmp(name, "libc-2", 6) == 0;
	strncpy(real.allocator, name, sizeof real.allocator - 1);
}

bool real_resolve(void)
{
	void *ours = own_base();

	found.calloc = next("calloc", ours);     /* first: dlsym itself calls it */
	found.malloc = next("malloc", ours);
	found.realloc = next("realloc", ours);
	found.usable_size = next("malloc_usable_size", ours);
	found.posix_memalign = next("posix_memalign", ours);
	found.aligned_alloc = next("aligned_alloc", ours);
	found.memalign = next("memalign", ours);
	found.valloc = next("valloc", ours);
	found.pvalloc = next("pvalloc", ours);
	found.mmap = next("mmap", ours);
	found.munmap = next("munmap", ours);
	found.mremap = next("mremap", ours);
	found.mlockall = next("mlockall", ours);
	found.dlclose = next("dlclose", ours);
	found.execve = next("execve", ours);
	found.execvpe = next("execvpe", ours);
	found.fexecve = next("fexecve", ours);
	found.execveat = next("execveat", ours);
	found.free = next("free", ours);
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
