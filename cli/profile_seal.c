#include "cli/profile_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/file_move.h"
#include "cli/launch.h"
#include "cli/profile_graphs.h"
#include "profile/layout.h"

enum { HEADER_OFFSET = HEADER_PAGE * PAGE_BYTES };

static int read_header(int fd, struct profile_header *header, struct error *err)
{
	if (pread(fd, header, sizeof *header, HEADER_OFFSET) == sizeof *header)
		return 0;
	return error_system(err, errno, "reading the profile's header");
}

/* Write one field of `header` to its place: the others may be changing. */
#define WRITE_FIELD(fd, header, field)                                                     \
	(pwrite(fd, &(header)->field, sizeof (header)->field,                              \
		(off_t)(HEADER_OFFSET + offsetof(struct profile_header, field))) ==        \
	 (ssize_t)sizeof (header)->field)

int profile_seal_end(int fd, const struct launch_outcome *outcome, bool out_of_memory,
		     struct error *err)
{
	struct profile_header header;
	int code = read_header(fd, &header, err);
	int status = outcome->wait_status;

	if (code != 0 || header.state == STATE_EXECUTED)
		return code;    /* how another program ended, which could not be traced */
	header.state = WIFSIGNALED(status) ? STATE_KILLED : STATE_EXITED;
	header.exit_status = WIFSIGNALED(status) ? 0 : WEXITSTATUS(status);
	header.signal = WIFSIGNALED(status) ? (uint32_t)WTERMSIG(status) : 0;
	header.out_of_memory = out_of_memory;
	header.end_monotonic_ns = clock_monotonic_ns();
	header.max_rss_bytes = outcome->max_rss_bytes;
	header.user_ns = outcome->user_ns;
	header.system_ns = outcome->system_ns;
	if (WRITE_FIELD(fd, &header, exit_status) && WRITE_FIELD(fd, &header, signal) &&
	    WRITE_FIELD(fd, &header, out_of_memory) && WRITE_FIELD(fd, &header, end_monotonic_ns) &&
	    WRITE_FIELD(fd, &header, max_rss_bytes) && WRITE_FIELD(fd, &header, user_ns) &&
	    WRITE_FIELD(fd, &header, system_ns) && WRITE_FIELD(fd, &header, state))
		return 0;
	return error_system(err, errno, "writing the profile's header");
}

/*
 * A write lease is granted only when nobody else has the file open, and a
 * mapping counts as open (fcntl(2)).  File systems without leases: not sure, so
 * no.  Who opens the file in the meantime causes a signal: SIGURG, which does
 * nothing, in place of SIGIO, which would end us.
 */
static bool is_ours_alone(int fd)
{
	if (fcntl(fd, F_SETSIG, SIGURG) != 0 || fcntl(fd, F_SETLEASE, F_WRLCK) != 0)
		return false;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return true;
}

void profile_seal_trim(int fd)
{
	struct profile_header header;
	struct error ignored;
	struct stat status;

	if (!is_ours_alone(fd) || read_header(fd, &header, &ignored) != 0 || fstat(fd, &status) != 0)
		return;
	off_t used = (off_t)header.pages_used * PAGE_BYTES;

	if (used <= HEADER_OFFSET || status.st_size <= used || ftruncate(fd, used) != 0)
		return;
	header.pages_allocated = header.pages_used;
	(void)!WRITE_FIELD(fd, &header, pages_allocated);
}

/* --- Coming home ------------------------------------------------------------ */

int profile_seal_move(const char **path, const char *folder, struct arena *arena, struct error *err)
{
	const char *slash = strrchr(*path, '/');
	char *home = arena_printf(arena, "%s%s", folder, slash ? slash + 1 : *path);
	int fd = open(*path, O_RDWR | O_CLOEXEC);
	int code;

	if (!home)
		code = error_set(err, ERROR_NO_MEMORY, "out of memory");
	else if (fd < 0)
		code = error_system(err, errno, "%s", *path);
	else if (!is_ours_alone(fd))
		code = error_set(err, ERROR_LIMIT, "%s is still in use", *path);
	else
		code = file_copy(fd, home, err);
	if (fd >= 0)
		close(fd);
	if (code != 0)
		return code;
	unlink(*path);
	profile_graphs_move(*path, home, arena);
	*path = home;
	return 0;
}

/* --- Names ------------------------------------------------------------------ */

/* "x.2.dagmem" is a numbered sibling of "x.dagmem". */
static bool is_numbered(const char *path, const char *other)
{
	const char *suffix = strrchr(other, '.');
	size_t stem = suffix ? (size_t)(suffix - other) : strlen(other);

	if (strncmp(path, other, stem) != 0 || path[stem] != '.')
		return false;
	size_t digits = strspn(path + stem + 1, "0123456789");

	return digits && strcmp(path + stem + 1 + digits, other + stem) == 0;
}

void profile_seal_exchange(const char **path, const char *other, struct arena *arena)
{
	char *taken = is_numbered(*path, other) ? arena_strdup(arena, other) : NULL;

	if (!taken || renameat2(AT_FDCWD, *path, AT_FDCWD, other, RENAME_EXCHANGE) != 0)
		return;
	profile_graphs_exchange(*path, other, arena);
	*path = taken;
}
