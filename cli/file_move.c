#include "cli/file_move.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "base/error.h"

enum { PIECE_BYTES = 1 << 24 };

static int copy_all(int from, int to, const char *path, struct error *err)
{
	ssize_t copied;

	do
		copied = sendfile(to, from, NULL, PIECE_BYTES);
	while (copied > 0);
	if (copied < 0 || fsync(to) != 0)
		return error_system(err, errno, "%s", path);
	return 0;
}

int file_copy(int fd, const char *to, struct error *err)
{
	int copy = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (copy < 0)
		return error_system(err, errno, "%s", to);
	int code = copy_all(fd, copy, to, err);

	if (code != 0)
		unlink(to);
	close(copy);
	return code;
}

static int move_over(const char *from, const char *to, struct error *err)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return error_system(err, errno, "%s", from);
	int code = file_copy(fd, to, err);

	close(fd);
	if (code == 0)
		unlink(from);
	return code;
}

int file_move(const char *from, const char *to, struct error *err)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EXDEV || errno == EINVAL || errno == ENOSYS)
		return move_over(from, to, err);
	return error_system(err, errno, "%s", to);
}
