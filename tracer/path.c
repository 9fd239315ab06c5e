#include "tracer/path.h"

#include <string.h>
#include <sys/utsname.h>

#include "tracer/sys.h"

size_t path_append(char *to, size_t room, size_t used, const char *text)
{
	while (*text && used + 1 < room)
		to[used++] = *text++;
	to[used] = 0;
	return used;
}

static size_t append_number(char *to, size_t room, size_t used, uint64_t value)
{
	char digits[24];
	size_t at = sizeof digits - 1;

	digits[at] = 0;
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	return path_append(to, room, used, digits + at);
}

static size_t append_special(char *to, size_t room, size_t used, char letter, const char *name)
{
	struct utsname host;
	char same[3] = { '%', letter, 0 };

	switch (letter) {
	case 'p':
		return append_number(to, room, used, sys_getpid());
	case 'e':
		return path_append(to, room, used, name);
	case 'h':
		sys_call(SYS_uname, (long)&host, 0, 0, 0, 0, 0);
		return path_append(to, room, used, host.nodename);
	case '%':
		return path_append(to, room, used, "%");
	default:
		return path_append(to, room, used, same);
	}
}

void path_expand(char *to, size_t room, const char *pattern, const char *name)
{
	size_t used = 0;
	char one[2] = { 0, 0 };

	to[0] = 0;
	for (; *pattern; pattern++) {
		if (*pattern == '%' && pattern[1]) {
			used = append_special(to, room, used, *++pattern, name);
		} else {
			one[0] = *pattern;
			used = path_append(to, room, used, one);
		}
	}
}

void path_number(char *to, size_t room, const char *path, unsigned number)
{
	const char *suffix = strrchr(path, '.');
	size_t suffix_at = suffix && !strchr(suffix, '/') ? (size_t)(suffix - path) : strlen(path);
	size_t stem = suffix_at < room ? suffix_at : room - 1;

	memcpy(to, path, stem);
	to[stem] = 0;
	stem = path_append(to, room, stem, ".");
	stem = append_number(to, room, stem, number);
	path_append(to, room, stem, path + suffix_at);
}
