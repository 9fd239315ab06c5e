#include "tracer/memory.h"

#include "tracer/sys.h"

enum { RANGES_MAX = 4096 };

const struct id_memory memory_for_indexes = { memory_reserve, memory_discard };

static struct range { void *start; size_t bytes; } ranges[RANGES_MAX];
static uint32_t range_count;
static uint64_t reserved_bytes;
static uint32_t locked_in_future;

/* Remember what is ours, for memory_unlock(). */
static void remember(void *start, size_t bytes)
{
	uint32_t at = __atomic_fetch_add(&range_count, 1, __ATOMIC_RELAXED);

	if (at < RANGES_MAX) {
		ranges[at].bytes = bytes;
		__atomic_store_n(&ranges[at].start, start, __ATOMIC_RELEASE);
	}
	__atomic_fetch_add(&reserved_bytes, bytes, __ATOMIC_RELAXED);
}

static void unlock(void *start, size_t bytes)
{
	sys_call(SYS_munlock, (long)start, (long)bytes, 0, 0, 0, 0);
}

void *memory_reserve(size_t bytes)
{
	/* Locked memory is filled at once where it is accessible: so make it so last. */
	int locked = __atomic_load_n(&locked_in_future, __ATOMIC_RELAXED);
	void *start = sys_mmap(NULL, bytes, locked ? PROT_NONE : PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (!start)
		return NULL;
	if (locked) {
		unlock(start, bytes);
		sys_call(SYS_mprotect, (long)start, (long)bytes, PROT_READ | PROT_WRITE, 0, 0, 0);
	}
	memory_adopt(start, bytes);
	return start;
}

void memory_adopt(void *start, size_t bytes)
{
	sys_madvise(start, bytes, MADV_NOHUGEPAGE);
	sys_madvise(start, bytes, MADV_DONTDUMP);
	remember(start, bytes);
}

void memory_discard(void *start, size_t bytes)
{
	const uintptr_t page = 4096;
	uintptr_t first = ((uintptr_t)start + page - 1) & -page;
	uintptr_t end = ((uintptr_t)start + bytes) & -page;

	if (first < end)
		sys_madvise((void *)first, end - first, MADV_DONTNEED);
}

uint64_t memory_reserved(void)
{
	return __atomic_load_n(&reserved_bytes, __ATOMIC_RELAXED);
}

uint64_t memory_resident_in(uintptr_t start, size_t total)
{
	static unsigned char seen[4096];        /* of so many pages at a time */
	const uint64_t page = 4096, window = sizeof seen * page;
	uint64_t count = 0;

	for (uint64_t at = 0; at < total; at += window) {
		uint64_t bytes = total - at < window ? total - at : window;

		if (sys_failed(sys_call(SYS_mincore, (long)(start + at), (long)bytes, (long)seen,
					0, 0, 0)))
			break;
		for (uint64_t i = 0; i < (bytes + page - 1) / page; i++)
			count += seen[i] & 1;
	}
	return count * page;
}

uint64_t memory_resident(void)
{
	uint32_t count = __atomic_load_n(&range_count, __ATOMIC_RELAXED);
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < count && i < RANGES_MAX; i++)
		if (ranges[i].start)
			bytes += memory_resident_in((uintptr_t)ranges[i].start, ranges[i].bytes);
	return bytes;
}

bool memory_range(uint32_t index, uintptr_t *start, size_t *bytes)
{
	uint32_t count = __atomic_load_n(&range_count, __ATOMIC_RELAXED);

	if (index >= count || index >= RANGES_MAX)
		return false;
	*start = (uintptr_t)__atomic_load_n(&ranges[index].start, __ATOMIC_ACQUIRE);
	*bytes = *start ? ranges[index].bytes : 0;
	return true;
}

void memory_unlock(int future)
{
	uint32_t count = __atomic_load_n(&range_count, __ATOMIC_RELAXED);

	__atomic_store_n(&locked_in_future, future, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i < count && i < RANGES_MAX; i++) {
		void *start = __atomic_load_n(&ranges[i].start, __ATOMIC_ACQUIRE);

		if (start)
			unlock(start, ranges[i].bytes);
	}
}
