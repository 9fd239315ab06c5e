/*
 * hooks_exec: the exec family.  The C library's own calls among its members
 * don't come by here, so each is hooked; what they have in common is in exec.c.
 */
#include <alloca.h>
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "tracer/exec.h"
#include "tracer/lifecycle.h"
#include "tracer/real.h"

#define HOOK __attribute__((visibility("default")))

/* Whether the real `function` is known: the tracer may not even have started. */
#define IS_KNOWN(function) \
	(likely(real.function != NULL) || (lifecycle_records(HOOK_FREE), real.function != NULL))

static COLD int refuse(void)
{
	errno = ENOSYS;
	return -1;
}

HOOK int execve(const char *path, char *const argv[], char *const environment[])
{
	struct execution execution;
	int result;

	if (!IS_KNOWN(execve))
		return refuse();
	exec_begin(&execution, environment);
	result = real.execve(path, argv, execution.environment);
	exec_failed(&execution);
	return result;
}

HOOK int execvpe(const char *file, char *const argv[], char *const environment[])
{
	struct execution execution;
	int result;

	if (!IS_KNOWN(execvpe))
		return refuse();
	exec_begin(&execution, environment);
	result = real.execvpe(file, argv, execution.environment);
	exec_failed(&execution);
	return result;
}

HOOK int fexecve(int fd, char *const argv[], char *const environment[])
{
	struct execution execution;
	int result;

	if (!IS_KNOWN(fexecve))
		return refuse();
	exec_begin(&execution, environment);
	result = real.fexecve(fd, argv, execution.environment);
	exec_failed(&execution);
	return result;
}

HOOK int execveat(int fd, const char *path, char *const argv[], char *const environment[], int flags)
{
	struct execution execution;
	int result;

	if (!IS_KNOWN(execveat))
		return refuse();
	exec_begin(&execution, environment);
	result = real.execveat(fd, path, argv, execution.environment, flags);
	exec_failed(&execution);
	return result;
}

HOOK int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

HOOK int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

/*
 * The l-variants make an array of their arguments, on the stack as the C
 * library does.  This is its size, for `first`, what follows it in
 * `rest` and the NULL.
 */
static size_t array_bytes(const char *first, va_list *rest)
{
	size_t count = 1;
	va_list counted;

	va_copy(counted, *rest);
	for (; first; first = va_arg(counted, const char *))
		count++;
	va_end(counted);
	return count * sizeof(char *);
}

/* `rest` is left behind the NULL. */
static void fill_array(char **argv, const char *first, va_list *rest)
{
	for (; first; first = va_arg(*rest, const char *))
		*argv++ = (char *)first;
	*argv = NULL;
}

HOOK int execl(const char *path, const char *first, ...)
{
	char **argv;
	va_list rest;

	va_start(rest, first);
	argv = alloca(array_bytes(first, &rest));
	fill_array(argv, first, &rest);
	va_end(rest);
	return execve(path, argv, environ);
}

HOOK int execlp(const char *file, const char *first, ...)
{
	char **argv;
	va_list rest;

	va_start(rest, first);
	argv = alloca(array_bytes(first, &rest));
	fill_array(argv, first, &rest);
	va_end(rest);
	return execvpe(file, argv, environ);
}

HOOK int execle(const char *path, const char *first, ...)
{
	char *const *environment;
	char **argv;
	va_list rest;

	va_start(rest, first);
	argv = alloca(array_bytes(first, &rest));
	fill_array(argv, first, &rest);
	environment = va_arg(rest, char *const *);
	va_end(rest);
	return execve(path, argv, environment);
}
