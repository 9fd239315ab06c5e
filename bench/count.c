/*
 * count: an interposer that only counts, preloaded as libcount.so.
 *
 * Says how many events a workload has, independently of any profiler, and what
 * an interposer costs at least.  The counts are in a file that is mapped
 * shared, COUNT_OUTPUT: a line of struct counts per thread, so that threads
 * share nothing and an end by _exit() loses nothing.  A realloc is a free and
 * an allocation; a failed call and free(NULL) are no events.
 *
 * Counts the process that it is preloaded into and not those it starts.
 *
 * Built with -DLINGER (liblinger.so) it also spends COUNT_LINGER turns of a loop
 * at each event, after the real malloc and before the real free: an interposer
 * that is as long as some other, but shares nothing.  With COUNT_MARKS it keeps
 * a word per block besides, by address, 16 of them to a line, which go from
 * processor to processor as the blocks do.  bench/experiment-threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What glibc's own malloc is called besides: no dlsym(), no bootstrap. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

struct counts {
	uint64_t allocations, frees;
	uint64_t padding[6];
};

enum { LINES = 1 << 16 };       /* threads past that share the last line */

static struct counts early[1];  /* before the file is mapped; moved there then */
static struct counts *lines = early;
static _Atomic unsigned lines_used;
static __thread struct counts *mine __attribute__((tls_model("initial-exec")));

#ifdef LINGER
enum { ADDRESS_BITS = 47, GRANULE_BITS = 5 };

static unsigned long turns;
static volatile uint32_t *marks;        /* by granule */

static inline void linger(const void *block, uint32_t mark)
{
	uint64_t x = 1;

	if (marks && block)
		marks[(uintptr_t)block >> GRANULE_BITS] ^= mark;
	for (unsigned long i = 0; i < turns; i++)
		__asm__ volatile("" : "+r"(x));
}

static void prepare_to_linger(void)
{
	const char *text = getenv("COUNT_LINGER");
	void *map;

	turns = text ? strtoul(text, NULL, 10) : 0;
	if (!getenv("COUNT_MARKS"))
		return;
	map = mmap(NULL, sizeof *marks << (ADDRESS_BITS - GRANULE_BITS), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		abort();
	marks = map;
}
#else
static inline void linger(const void *block, uint32_t mark)
{
	(void)block;
	(void)mark;
}

static inline void prepare_to_linger(void)
{
}
#endif

static struct counts *claim(void)
{
	unsigned line;

	if (lines == early)
		return early;
	line = atomic_fetch_add(&lines_used, 1);
	return mine = lines + (line < LINES ? line : LINES - 1);
}

static inline struct counts *counts(void)
{
	return mine ? mine : claim();
}

static inline void *counted(void *block)
{
	counts()->allocations += block != NULL;
	linger(block, 1);
	return block;
}

/* A forked child goes on with a private copy of what it maps. */
static void leave_to_parent(void)
{
	mmap(lines, LINES * sizeof *lines, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

__attribute__((constructor)) static void map_output(void)
{
	const char *path = getenv("COUNT_OUTPUT");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	void *map = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, LINES * sizeof *lines) == 0)
		map = mmap(NULL, LINES * sizeof *lines, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	prepare_to_linger();
	unsetenv("LD_PRELOAD");
	if (map == MAP_FAILED)
		return;
	lines = map;
	*claim() = *early;
	pthread_atfork(NULL, NULL, leave_to_parent);
}

void *malloc(size_t size)
{
	return counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
	void *moved = __libc_realloc(block, size);

	counts()->allocations += moved != NULL;
	counts()->frees += block && (moved || size == 0);
	return moved;
}

void *reallocarray(void *block, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(block, bytes);
}

void *memalign(size_t alignment, size_t size)
{
	return counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return counted(__libc_memalign(alignment, size));
}

int posix_memalign(void **result, size_t alignment, size_t size)
{
	void *block;

	if (alignment % sizeof(void *) || (alignment & (alignment - 1)) || alignment == 0)
		return EINVAL;
	block = counted(__libc_memalign(alignment, size));
	if (!block)
		return ENOMEM;
	*result = block;
	return 0;
}

void free(void *block)
{
	counts()->frees += block != NULL;
	linger(block, 1);
	__libc_free(block);
}
