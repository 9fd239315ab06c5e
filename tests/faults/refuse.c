/*
 * refuse: lets one allocation of a program fail.
 *
 *   LD_PRELOAD=librefuse.so REFUSE=N[+] REFUSE_COUNT=FILE PROGRAM ARGUMENT...
 *
 * Allocation N (from 1; N+: and all that follow) returns NULL, with ENOMEM; 0
 * is none.  At its end the program leaves in FILE how many there were.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The C library's own, under the names that it keeps for such as us. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static unsigned long refused, count;
static bool counting, and_all_that_follow;

__attribute__((constructor)) static void begin(void)
{
	const char *which = getenv("REFUSE");
	char *end = NULL;

	refused = which ? strtoul(which, &end, 10) : 0;
	and_all_that_follow = end && *end == '+';
	counting = true;
}

static bool fails(void)
{
	if (!counting)
		return false;
	unsigned long number = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);

	if (!refused || (and_all_that_follow ? number < refused : number != refused))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	return fails() ? NULL : __libc_calloc(number, size);
}

void *realloc(void *block, size_t size)
{
	return fails() ? NULL : __libc_realloc(block, size);
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("REFUSE_COUNT");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;

	counting = false;
	if (fd >= 0) {
		dprintf(fd, "%lu\n", count);
		close(fd);
	}
}
