/*
 * entry_points: every way into the allocator, once or a known number of
 * times, with its exact semantics: what it returns, its alignment, errno, what
 * a failed call leaves behind.  With an argument: those that a C library may
 * lack.  Runs the same with and without the tracer.
 */
#include "truth.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>

static size_t volatile huge = PTRDIFF_MAX;     /* volatile: no warning, no folding */
static size_t volatile none = 0;

enum { UNTOUCHED = 77 };

/* A block that must be there, aligned, usable throughout; errno as it was. */
static void *good(void *block, size_t alignment, size_t size_bytes)
{
	TRUTH_REQUIRE(block != NULL);
	TRUTH_REQUIRE(errno == UNTOUCHED);
	TRUTH_REQUIRE((uintptr_t)block % alignment == 0);
	TRUTH_REQUIRE(malloc_usable_size(block) >= size_bytes);
	memset(block, 0x5a, malloc_usable_size(block));
	return block;
}

static void release(void *block, struct truth_site *site, size_t size_bytes)
{
	free(block);
	TRUTH_REQUIRE(errno == UNTOUCHED);
	truth_discharge(site, size_bytes);
}

/* The site of one call of `size` bytes that just succeeded, and its free. */
#define ONCE(call, alignment, size) \
	do { \
		void *once_ = good((call), (alignment), (size)); \
		struct truth_site *site_once_ = TRUTH_SITE(); \
		truth_charge(site_once_, (size)); \
		release(once_, site_once_, (size)); \
	} while (0)

/* A macro, so that the call stands on its user's line. */
#define BY_POSIX_MEMALIGN(alignment, size_bytes) \
	(__extension__({ \
		void *block_ = NULL; \
		TRUTH_REQUIRE(posix_memalign(&block_, alignment, size_bytes) == 0); \
		block_; \
	}))

static void plain_calls(void)
{
	struct truth_site *site;
	char *zeroed;

	ONCE(malloc(100), 16, 100);
	ONCE(malloc(none), 16, 0);
	ONCE(malloc(1 << 20), 16, 1 << 20);
	ONCE(calloc(7, 9), 16, 63);
	ONCE(calloc(none, 9), 16, 0);
	site = TRUTH_SITE(), zeroed = calloc(1, 5000);
	truth_charge(site, 5000);
	for (int i = 0; i < 5000; i++)
		TRUTH_REQUIRE(zeroed[i] == 0);  /* and left live */
	ONCE(realloc(NULL, 33), 16, 33);
	ONCE(realloc(NULL, none), 16, 0);
	ONCE(reallocarray(NULL, 5, 20), 16, 100);
	free(NULL);
	TRUTH_REQUIRE(errno == UNTOUCHED);
	TRUTH_REQUIRE(malloc_usable_size(NULL) == 0);
}

static void aligned_calls(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t alignment = 32; alignment <= 1 << 16; alignment *= 4) {
		ONCE(memalign(alignment, 70), alignment, 70);
		ONCE(aligned_alloc(alignment, 128), alignment, 128);
		ONCE(BY_POSIX_MEMALIGN(alignment, 90), alignment, 90);
	}
	ONCE(memalign(64, none), 64, 0);
	ONCE(aligned_alloc(64, none), 64, 0);
	ONCE(BY_POSIX_MEMALIGN(64, none), 64, 0);
	ONCE(valloc(10), page, 10);
	ONCE(pvalloc(10), page, 10);
}

static void resizing(void)
{
	struct truth_site *first, *grown, *array;
	char *block;

	first = TRUTH_SITE(), block = good(malloc(40), 16, 40);
	truth_charge(first, 40);
	grown = TRUTH_SITE(), block = good(realloc(block, 50000), 16, 50000);
	truth_discharge(first, 40);
	truth_charge(grown, 50000);
	array = TRUTH_SITE(), block = good(reallocarray(block, 30, 2), 16, 60);
	truth_discharge(grown, 50000);
	truth_charge(array, 60);
	TRUTH_REQUIRE(realloc(block, none) == NULL);    /* glibc: a free, and no allocation */
	TRUTH_REQUIRE(errno == UNTOUCHED);
	truth_discharge(array, 60);
}

/* A failed call is no event: nothing is charged here but the survivor. */
static void failures(void)
{
	struct truth_site *site;
	void *kept, *out = &kept;

	site = TRUTH_SITE(), kept = malloc(55);
	truth_charge(site, 55);
	memset(kept, 'k', 55);
#define FAILS(call) \
	do { \
		errno = 0; \
		TRUTH_REQUIRE((call) == NULL); \
		TRUTH_REQUIRE(errno == ENOMEM); \
	} while (0)
	FAILS(malloc(huge));
	FAILS(malloc(huge + 1));
	FAILS(malloc((size_t)-1 - none));
	FAILS(calloc(huge, 3));
	FAILS(calloc(huge / 2 + 1, 4));
	FAILS(realloc(kept, huge));
	FAILS(reallocarray(kept, huge, 3));
	FAILS(memalign(64, huge));
	FAILS(aligned_alloc(64, huge));
	FAILS(valloc(huge));
	FAILS(pvalloc(huge));
	errno = UNTOUCHED;
	TRUTH_REQUIRE(posix_memalign(&out, 64, huge) == ENOMEM);
	TRUTH_REQUIRE(posix_memalign(&out, 24 + none, 8) == EINVAL);
	TRUTH_REQUIRE(posix_memalign(&out, none, 8) == EINVAL);
	TRUTH_REQUIRE(out == &kept);
	errno = UNTOUCHED;
	for (int i = 0; i < 55; i++)
		TRUTH_REQUIRE(((char *)kept)[i] == 'k');
}

/* C23's two: exactly where the C library has them. */
static void optional_calls(void)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	void (*free_sized_)(void *, size_t) = (void (*)(void *, size_t))dlsym(RTLD_DEFAULT, "free_sized");
	void (*free_aligned_sized_)(void *, size_t, size_t) =
		(void (*)(void *, size_t, size_t))dlsym(RTLD_DEFAULT, "free_aligned_sized");
	struct truth_site *site;
	void *block;

	TRUTH_REQUIRE(libc != NULL);
	TRUTH_REQUIRE(!dlsym(libc, "free_sized") == !free_sized_);
	TRUTH_REQUIRE(!dlsym(libc, "free_aligned_sized") == !free_aligned_sized_);
	site = TRUTH_SITE(), block = malloc(20);
	truth_charge(site, 20);
	(free_sized_ ? free_sized_(block, 20) : free(block));
	truth_discharge(site, 20);
	site = TRUTH_SITE(), block = aligned_alloc(64, 64);
	truth_charge(site, 64);
	(free_aligned_sized_ ? free_aligned_sized_(block, 64, 64) : free(block));
	truth_discharge(site, 64);
}

#if defined(__x86_64__) && defined(__GLIBC__)
/* As a binary from before glibc 2.26 would call it. */
__asm__(".symver old_cfree, cfree@GLIBC_2.2.5");
extern void old_cfree(void *block);

static void cfree_call(void)
{
	struct truth_site *site;
	void *block;

	site = TRUTH_SITE(), block = malloc(24);
	truth_charge(site, 24);
	old_cfree(block);
	truth_discharge(site, 24);
}
#else
static void cfree_call(void) {}
#endif

int main(int argc, char **argv)
{
	(void)argv;
	errno = UNTOUCHED;
	if (argc > 1) {         /* dlopen allocates for itself, so this is a run of its own */
		optional_calls();
	} else {
		plain_calls();
		aligned_calls();
		resizing();
		failures();
		cfree_call();
	}
	truth_write();
	return 0;
}
