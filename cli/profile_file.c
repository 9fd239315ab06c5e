#include "cli/profile_file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "profile/layout.h"

bool profile_file_is(const char *path)
{
	char magic[sizeof PROFILE_MAGIC - 1] = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool result = fd >= 0 && read(fd, magic, sizeof magic) == sizeof magic &&
		memcmp(magic, PROFILE_MAGIC, sizeof magic) == 0;

	if (fd >= 0)
		close(fd);
	return result;
}
