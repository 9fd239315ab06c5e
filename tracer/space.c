#include "tracer/space.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "profile/layout.h"
#include "tracer/sys.h"

enum { WRITE_AHEAD_BYTES = 64 * 1024 };

/* File systems whose fallocate() promises that every later write finds room. */
bool space_can_be_promised(int fd)
{
	struct statfs fs;

	if (sys_failed(sys_call(SYS_fstatfs, fd, (long)&fs, 0, 0, 0, 0)))
		return false;
	switch ((unsigned long)fs.f_type) {
	case 0xEF53:            /* ext2, 3, 4 */
	case 0x58465342:        /* xfs */
	case 0x01021994:        /* tmpfs */
	case 0x794C7630:        /* overlayfs: its upper layer answers */
		return true;
	default:
		return false;
	}
}

/* A write past RLIMIT_FSIZE would raise SIGXFSZ: so look first. */
static uint64_t file_limit(void)
{
	struct rlimit limit;
	bool failed = sys_failed(sys_call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit, 0, 0));

	return failed || limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}

static bool allocate(int fd, int mode, uint64_t bytes)
{
	long result;

	do
		result = sys_fallocate(fd, mode, bytes);
	while (result == -4 /* EINTR */);
	return !sys_failed(result);
}

static uint64_t file_bytes(int fd)
{
	struct stat st;

	return sys_failed(sys_call(SYS_fstat, fd, (long)&st, 0, 0, 0, 0)) ? UINT64_MAX :
		(uint64_t)st.st_size;
}

/*
 * Let the file end at `bytes`, by zeros written behind its end.  A page that is
 * first touched in the mapping costs the kernel 3 us; pages written before, 64
 * KiB at once, 1 us and one fault for sixteen.  `fd` appends, so what `dagmem
 * run` may have put into the file meanwhile is never written over.
 */
static void write_ahead(int fd, uint64_t bytes)
{
	static char zeros[WRITE_AHEAD_BYTES];
	uint64_t size = file_bytes(fd);

	while (size < bytes) {
		uint64_t more = WRITE_AHEAD_BYTES - size % WRITE_AHEAD_BYTES;
		long written = sys_write(fd, zeros, more < bytes - size ? more : bytes - size);

		if (written <= 0)
			return;
		size += (uint64_t)written;
	}
}

bool space_promise(int fd, uint32_t pages, uint64_t max_bytes)
{
	uint64_t bytes = (uint64_t)pages * PAGE_BYTES, limit = file_limit();

	if (bytes > max_bytes || bytes > limit)
		return false;
	/* Well below the limit: somebody else may let the file grow at the same time. */
	if (bytes < limit / 2 && allocate(fd, FALLOC_FL_KEEP_SIZE, bytes))
		write_ahead(fd, bytes);
	return allocate(fd, 0, bytes);
}
