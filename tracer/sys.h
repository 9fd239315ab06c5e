/*
 * sys: system calls as the kernel gives them.  The tracer uses these instead
 * of the C library's: they set no errno, are no cancellation points, need no
 * relocation and can't be interposed.  Each returns the kernel's value, or
 * -errno.  Signal-safe, thread-safe.
 */
#ifndef DAGMEM_TRACER_SYS_H
#define DAGMEM_TRACER_SYS_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tracer/machine.h"

static inline long sys_call(long number, long a, long b, long c, long d, long e, long f)
{
	return machine_call(number, a, b, c, d, e, f);
}

static inline bool sys_failed(long result)
{
	return (unsigned long)result > -4096UL;
}

static inline int sys_open(const char *path, int flags, int mode)
{
	return (int)sys_call(SYS_openat, AT_FDCWD, (long)path, flags | O_CLOEXEC, mode, 0, 0);
}

static inline long sys_close(int fd)
{
	return sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

static inline long sys_unlink(const char *path)
{
	return sys_call(SYS_unlinkat, AT_FDCWD, (long)path, 0, 0, 0, 0);
}

static inline long sys_read(int fd, void *buffer, size_t bytes)
{
	return sys_call(SYS_read, fd, (long)buffer, (long)bytes, 0, 0, 0);
}

static inline long sys_write(int fd, const void *buffer, size_t bytes)
{
	return sys_call(SYS_write, fd, (long)buffer, (long)bytes, 0, 0, 0);
}

static inline long sys_pwrite(int fd, const void *buffer, size_t bytes, uint64_t offset)
{
	return sys_call(SYS_pwrite64, fd, (long)buffer, (long)bytes, (long)offset, 0, 0);
}

static inline void *sys_mmap(void *hint, size_t bytes, int protection, int flags, int fd,
			     uint64_t offset)
{
	long result = sys_call(SYS_mmap, (long)hint, (long)bytes, protection, flags, fd,
			       (long)offset);

	return sys_failed(result) ? NULL : (void *)result;
}

static inline long sys_munmap(void *address, size_t bytes)
{
	return sys_call(SYS_munmap, (long)address, (long)bytes, 0, 0, 0, 0);
}

static inline long sys_madvise(void *address, size_t bytes, int advice)
{
	return sys_call(SYS_madvise, (long)address, (long)bytes, advice, 0, 0, 0);
}

static inline long sys_fallocate(int fd, int mode, uint64_t bytes)
{
	return sys_call(SYS_fallocate, fd, mode, 0, (long)bytes, 0, 0);
}

static inline uint32_t sys_getpid(void)
{
	return (uint32_t)sys_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
}

static inline uint32_t sys_gettid(void)
{
	return (uint32_t)sys_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
}

/* Whether thread `tid` of process `pid` is there. */
static inline bool sys_thread_exists(uint32_t pid, uint32_t tid)
{
	return !sys_failed(sys_call(SYS_tgkill, pid, tid, 0, 0, 0, 0));
}

static inline void sys_yield(void)
{
	sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

/* Block every signal, the C library's own for cancellation too; for sys_signals_restore(). */
static inline uint64_t sys_signals_block(void)
{
	uint64_t all = ~UINT64_C(0), before = 0;

	sys_call(SYS_rt_sigprocmask, 0 /* SIG_BLOCK */, (long)&all, (long)&before, 8, 0, 0);
	return before;
}

static inline void sys_signals_restore(uint64_t before)
{
	sys_call(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, (long)&before, 0, 8, 0, 0);
}

/*
 * Whether eight bytes at `address` can be read: the kernel looks at a signal
 * mask there before it refuses what is to be done with it.
 */
static inline bool sys_readable(const void *address)
{
	return sys_call(SYS_rt_sigprocmask, ~0L, (long)address, 0, 8, 0, 0) == -22 /* EINVAL */;
}

#endif
