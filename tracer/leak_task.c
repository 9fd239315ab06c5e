#include "tracer/leak_task.h"

#include <fcntl.h>
#include <string.h>

#include "tracer/sys.h"

/* /proc/self/task/TID/`file` into `text`; returns its length, at most `room`. */
static long read_file(uint32_t tid, const char *file, char *text, size_t room)
{
	char path[64], digits[12];
	size_t at = sizeof digits - 1;
	long bytes;
	int fd;

	digits[at] = 0;
	for (; tid; tid /= 10)
		digits[--at] = (char)('0' + tid % 10);
	stpcpy(stpcpy(stpcpy(stpcpy(path, "/proc/self/task/"), digits + at), "/"), file);
	fd = sys_open(path, O_RDONLY, 0);
	if (fd < 0)
		return 0;
	bytes = sys_read(fd, text, room);
	sys_close(fd);
	return sys_failed(bytes) ? 0 : bytes;
}

/* The hexadecimal number that ends at `end`, which moves to the space before it. */
static uintptr_t last_number(const char *text, const char **end)
{
	uintptr_t value = 0;
	const char *start = *end;

	while (start > text && start[-1] != ' ')
		start--;
	for (const char *c = start; c < *end; c++)
		if (*c != 'x')
			value = value * 16 + (uintptr_t)(*c <= '9' ? *c - '0' : (*c | 0x20) - 'a' + 10);
	*end = start > text ? start - 1 : text;
	return value;
}

/* "NUMBER ARGUMENTS... SP PC", of a thread that sleeps; "running" of others. */
bool leak_task_stack(uint32_t tid, uintptr_t *sp, uintptr_t *pc)
{
	char text[256];
	long bytes = read_file(tid, "syscall", text, sizeof text);
	const char *end = text + bytes;

	if (bytes < 2 || text[0] == 'r')
		return false;
	if (end[-1] == '\n')
		end--;
	*pc = last_number(text, &end);
	*sp = last_number(text, &end);
	return *sp != 0;
}

/* Which signals /proc/self/task/TID/status has under `name`; `unknown` when it says nothing. */
static uint64_t signals_under(uint32_t tid, const char *name, uint64_t unknown)
{
	char text[2048];
	long bytes = read_file(tid, "status", text, sizeof text - 1);
	const char *found, *end;

	text[bytes] = 0;
	found = strstr(text, name);
	if (!found)
		return unknown;
	found += strlen(name);
	end = found + strcspn(found, "\n");
	return last_number(found, &end);
}

/* Whether the thread needs nothing but a processor to go on. */
static bool is_runnable(uint32_t tid)
{
	static const char name[] = "State:\t";
	char text[256];
	long bytes = read_file(tid, "status", text, sizeof text - 1);
	const char *found;

	text[bytes] = 0;
	found = strstr(text, name);
	return found && found[sizeof name - 1] == 'R';
}

/* Whether the thread sleeps in sigwaitinfo() or the like. */
static bool waits_for_signals(uint32_t tid)
{
	char text[256];
	long bytes = read_file(tid, "syscall", text, sizeof text);
	long number = 0;

	for (long i = 0; i < bytes && text[i] >= '0' && text[i] <= '9'; i++)
		number = number * 10 + text[i] - '0';
	return number == SYS_rt_sigtimedwait;
}

bool leak_task_answers(uint32_t tid, int signal)
{
	uint64_t ours = UINT64_C(1) << (signal - 1);

	if (signals_under(tid, "SigPnd:\t", ours) & ours)
		return !(signals_under(tid, "SigBlk:\t", ours) & ours) || is_runnable(tid);
	return !waits_for_signals(tid);
}
