/*
 * hooks: the functions of the C library that we stand in for.  Each is a thin
 * wrapper: ask whether to record, call the real one, account.  exports.map
 * lists them; those of the exec family are in hooks_exec.c.
 *
 * errno is the program's: only the real functions touch it, and what we refuse
 * ourselves (an overflow in reallocarray) sets it as they would.
 */
#include <errno.h>
#include <dlfcn.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tracer/account_straight.h"
#include "tracer/foreign.h"
#include "tracer/lifecycle.h"
#include "tracer/memory.h"
#include "tracer/modules.h"
#include "tracer/real.h"
#include "tracer/regions.h"
#include "tracer/shadow.h"
#include "tracer/sys.h"
#include "tracer/unwind_libunwind.h"
#include "tracer/unwind_rows.h"

#define HOOK __attribute__((visibility("default")))

/* Before the real allocator is known: the arena serves. */
static COLD void *early_alloc(size_t bytes, size_t alignment)
{
	void *block = bootstrap_alloc(bytes, alignment);

	if (!block)
		errno = ENOMEM;
	return block;
}

/* We may have to start, the block may be nobody's business, or the allocator another one. */
static SEPARATE void *unusual_malloc(size_t size, uintptr_t pc, uintptr_t sp, uintptr_t bp)
{
	const struct frame caller = { pc, sp, bp };
	bool record = lifecycle_records(HOOK_ALLOC);
	void *block = real.malloc ? real.malloc(size) : early_alloc(size, 16);

	if (record && block && real.malloc) {
		account_alloc(block, size, &caller);
		lifecycle_look_usual();
	}
	return block;
}

HOOK void *malloc(size_t size)
{
	struct frame caller;
	void *block;

	if (unlikely(!lifecycle_usual())) {
		caller = UNWIND_CALLER();
		return unusual_malloc(size, caller.pc, caller.sp, caller.bp);
	}
	block = real.malloc(size);
	caller = UNWIND_CALLER();       /* after the call, so that it need not be kept meanwhile */
	return likely(block) ? account_straight_alloc(block, size, &caller) : NULL;
}

/* A block that no table knows: from before, from a pause, the arena's, another allocator's. */
static COLD void free_unknown(void *block)
{
	if (bootstrap_owns(block) || !real.free)
		return;
	if (lifecycle_ready() && !lifecycle_ever_paused() && !foreign_is_freeing(block))
		account_unknown_free();
	real.free(block);
}

/* Whatever makes it no straight way. */
static SEPARATE void free_otherwise(void *block, uintptr_t frame)
{
	if (lifecycle_usual() ? account_chunk_free(block, frame) :
				lifecycle_records(HOOK_FREE) && account_free(block, frame))
		real.free(block);
	else
		free_unknown(block);
}

HOOK void free(void *block)
{
	uintptr_t frame = (uintptr_t)__builtin_dwarf_cfa();
	void *accounted;

	if (unlikely(!block))
		return;
	accounted = likely(lifecycle_usual()) ? account_straight_free(block, frame) : NULL;
	if (likely(accounted))
		real.free(accounted);
	else
		free_otherwise(block, frame);
}

static SEPARATE void *unusual_calloc(size_t count, size_t size, uintptr_t pc, uintptr_t sp,
				     uintptr_t bp)
{
	const struct frame caller = { pc, sp, bp };
	bool record = lifecycle_records(HOOK_ALLOC);
	void *block;

	if (unlikely(!real.calloc)) {
		if (size && count > SIZE_MAX / size) {
			errno = ENOMEM;
			return NULL;
		}
		return early_alloc(count * size, 16);
	}
	block = real.calloc(count, size);
	if (record && block) {
		account_alloc(block, count * size, &caller);
		lifecycle_look_usual();
	}
	return block;
}

HOOK void *calloc(size_t count, size_t size)
{
	struct frame caller;
	void *block;

	if (unlikely(!lifecycle_usual())) {
		caller = UNWIND_CALLER();
		return unusual_calloc(count, size, caller.pc, caller.sp, caller.bp);
	}
	block = real.calloc(count, size);
	caller = UNWIND_CALLER();
	return likely(block) ? account_chunk(block, count * size, caller.pc, caller.sp, caller.bp) : NULL;
}

/* A block of the arena moves to the real heap, or, before there is one, within the arena. */
static COLD void *realloc_from_arena(void *block, size_t size, const struct frame *caller,
				     bool record)
{
	size_t keep = bootstrap_usable_size(block);
	void *moved = real.malloc ? real.malloc(size) : early_alloc(size, 16);

	if (!moved)
		return NULL;
	memcpy(moved, block, keep < size ? keep : size);
	if (record)
		account_alloc(moved, size, caller);
	return moved;
}

/* Whatever makes it no straight way. */
static SEPARATE void *realloc_otherwise(void *old, size_t size, uintptr_t pc, uintptr_t sp, uintptr_t bp)
{
	const struct frame caller = { pc, sp, bp };
	bool record = lifecycle_records(HOOK_ALLOC);
	struct moving_block moving = { 0, 0, 0 };
	void *block;

	if (!old && lifecycle_usual()) {
		block = real.realloc(NULL, size);
		return block ? account_chunk(block, size, pc, sp, bp) : NULL;
	}
	if (old && likely(record || lifecycle_records(HOOK_FREE)))
		moving = account_realloc_begin(old);
	if (unlikely(!moving.account) && old && bootstrap_owns(old))
		return realloc_from_arena(old, size, &caller, record);
	if (unlikely(!real.realloc))
		return early_alloc(size, 16);
	block = real.realloc(old, size);
	if (unlikely(!block && size))
		account_realloc_failed(old, &moving);
	else if (record || moving.account)
		account_realloc_end(&moving, old, record ? block : NULL, size, &caller);
	return block;
}

HOOK void *realloc(void *old, size_t size)
{
	struct moving_block moving = { 0, 0, 0 };
	struct frame caller;
	void *block;

	if (likely(lifecycle_usual() && old && size))
		moving = account_straight_take(old);
	if (unlikely(!moving.account)) {
		caller = UNWIND_CALLER();
		return realloc_otherwise(old, size, caller.pc, caller.sp, caller.bp);
	}
	block = real.realloc(old, size);
	caller = UNWIND_CALLER();
	if (unlikely(!block)) {
		struct moving_block copy = moving;

		account_realloc_failed(old, &copy);
		return NULL;
	}
	return account_chunk_moved(block, size, old, moving, caller.pc, caller.sp, caller.bp);
}

HOOK void *reallocarray(void *old, size_t count, size_t size)
{
	struct frame caller = UNWIND_CALLER();
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc_otherwise(old, bytes, caller.pc, caller.sp, caller.bp);
}

/*
 * Account a block that came by an entry point which some allocators build on
 * another that is hooked too: then it is in the tables already.
 */
static void account_once(void *block, size_t size, const struct frame *caller)
{
	if (real.glibc || !shadow_get((uintptr_t)block, false).account)
		account_alloc(block, size, caller);
}

HOOK int posix_memalign(void **result, size_t alignment, size_t size)
{
	bool record = lifecycle_records(HOOK_ALLOC);
	int error;

	if (unlikely(!real.posix_memalign))
		return ENOMEM;
	error = real.posix_memalign(result, alignment, size);
	if (record && !error && *result) {
		struct frame caller = UNWIND_CALLER();

		account_once(*result, size, &caller);
	}
	return error;
}

/* The aligned allocators that return a pointer differ in name only. */
#define ALIGNED_HOOK(name, parameters, arguments, size, alignment)              \
	HOOK void *name parameters                                              \
	{                                                                       \
		bool record = lifecycle_records(HOOK_ALLOC);                    \
		void *block;                                                    \
										\
		if (unlikely(!real.name))                                       \
			return early_alloc(size, alignment);                    \
		block = real.name arguments;                                    \
		if (record && block) {                                          \
			struct frame caller = UNWIND_CALLER();                  \
										\
			account_once(block, size, &caller);                     \
		}                                                               \
		return block;                                                   \
	}

ALIGNED_HOOK(aligned_alloc, (size_t alignment, size_t size), (alignment, size), size, alignment)
ALIGNED_HOOK(memalign, (size_t alignment, size_t size), (alignment, size), size, alignment)
ALIGNED_HOOK(valloc, (size_t size), (size), size, 4096)
ALIGNED_HOOK(pvalloc, (size_t size), (size), size, 4096)

HOOK void cfree(void *block);
HOOK void cfree(void *block)
{
	free(block);
}

#ifdef HAVE_FREE_SIZED
HOOK void free_sized(void *block, size_t size);
HOOK void free_sized(void *block, size_t size)
{
	(void)size;
	free(block);
}

HOOK void free_aligned_sized(void *block, size_t alignment, size_t size);
HOOK void free_aligned_sized(void *block, size_t alignment, size_t size)
{
	(void)alignment;
	(void)size;
	free(block);
}
#endif

HOOK size_t malloc_usable_size(void *block)
{
	if (unlikely(bootstrap_owns(block)))
		return bootstrap_usable_size(block);
	if (unlikely(!real.usable_size))
		lifecycle_records(HOOK_FREE);
	return real.usable_size ? real.usable_size(block) : 0;
}

static void *fail(int error)
{
	errno = error;
	return MAP_FAILED;
}

/* Before the real one is known: as the kernel has it. */
static COLD void *early_mmap(void *hint, size_t bytes, int protection, int flags, int fd,
			     off_t offset)
{
	long result = sys_call(SYS_mmap, (long)hint, (long)bytes, protection, flags, fd, offset);

	return sys_failed(result) ? fail((int)-result) : (void *)result;
}

static inline void *hooked_mmap(void *hint, size_t bytes, int protection, int flags, int fd,
				off_t offset, const struct frame *caller)
{
	bool record = lifecycle_records(HOOK_ALLOC);
	void *start = real.mmap ? real.mmap(hint, bytes, protection, flags, fd, offset) :
		early_mmap(hint, bytes, protection, flags, fd, offset);

	if (start != MAP_FAILED && record && (flags & (MAP_ANONYMOUS | MAP_FIXED)))
		regions_map((uintptr_t)start, bytes, flags & MAP_ANONYMOUS, caller);
	return start;
}

HOOK void *mmap(void *hint, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	struct frame caller = UNWIND_CALLER();

	return hooked_mmap(hint, bytes, protection, flags, fd, offset, &caller);
}

HOOK void *mmap64(void *hint, size_t bytes, int protection, int flags, int fd, off64_t offset)
{
	struct frame caller = UNWIND_CALLER();

	return hooked_mmap(hint, bytes, protection, flags, fd, offset, &caller);
}

HOOK int munmap(void *start, size_t bytes)
{
	/* Before the call: another thread may map the same addresses right after it. */
	if (lifecycle_records(HOOK_FREE) && regions_may_unmap((uintptr_t)start, bytes)) {
		struct frame caller = UNWIND_CALLER();

		regions_unmap((uintptr_t)start, bytes, &caller);
	}
	if (unlikely(!real.munmap)) {
		long result = sys_munmap(start, bytes);

		return sys_failed(result) ? (fail((int)-result), -1) : 0;
	}
	return real.munmap(start, bytes);
}

HOOK void *mremap(void *old, size_t old_bytes, size_t bytes, int flags, ...)
{
	struct frame caller = UNWIND_CALLER();
	bool record = lifecycle_records(HOOK_ALLOC);
	void *where = NULL, *start;
	va_list rest;

	va_start(rest, flags);
	if (flags & MREMAP_FIXED)
		where = va_arg(rest, void *);
	va_end(rest);
	if (unlikely(!real.mremap)) {
		long result = sys_call(SYS_mremap, (long)old, (long)old_bytes, (long)bytes, flags,
				       (long)where, 0);

		return sys_failed(result) ? fail((int)-result) : (void *)result;
	}
	start = real.mremap(old, old_bytes, bytes, flags, where);
	if (start != MAP_FAILED && record)
		regions_remap((uintptr_t)old, (flags & MREMAP_DONTUNMAP) ? 0 : old_bytes,
			      (uintptr_t)start, bytes, &caller);
	return start;
}

/* The tracer's memory is mostly address space that is never touched: not to be locked. */
HOOK int mlockall(int flags)
{
	int result;

	lifecycle_records(HOOK_FREE);
	if (!real.mlockall) {
		errno = ENOSYS;
		return -1;
	}
	result = real.mlockall(flags);
	if (!result)
		memory_unlock((flags & MCL_FUTURE) != 0);
	return result;
}

/* What stacks meant is gone with the library; only the caches need be told. */
HOOK int dlclose(void *handle)
{
	bool ready = lifecycle_ready();
	int result;

	lifecycle_records(HOOK_FREE);
	if (!real.dlclose)
		return -1;
	if (ready) {
		modules_unload_begin();
		unwind_rows_flush();
	}
	result = real.dlclose(handle);
	if (ready) {
		unwind_rows_flush();
		libunwind_flush();
		modules_unload_end();
	}
	return result;
}

static __attribute__((noinline)) _Noreturn void end(void (*const *ending)(int), int status,
						       const struct leak_caller *caller)
{
	lifecycle_records(HOOK_FREE);
	lifecycle_exit_called(caller);
	if (*ending)
		(*ending)(status);
	for (;;)
		sys_call(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

/* Only to see from where: what lives at the end lives in the frames from there on. */
HOOK void exit(int status)
{
	struct leak_caller caller = LEAK_CALLER();

	end(&real.exit, status, &caller);
}

HOOK void quick_exit(int status)
{
	struct leak_caller caller = LEAK_CALLER();

	end(&real.quick_exit, status, &caller);
}

/* _exit() runs no exit handlers. */
static __attribute__((noinline)) _Noreturn void leave(int status, const struct leak_caller *caller)
{
	lifecycle_exit(status, caller);
	for (;;)
		sys_call(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

HOOK void _exit(int status)
{
	struct leak_caller caller = LEAK_CALLER();

	leave(status, &caller);
}

HOOK void _Exit(int status)
{
	struct leak_caller caller = LEAK_CALLER();

	leave(status, &caller);
}
