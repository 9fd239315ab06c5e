/*
 * profile_of_pid: the profile that a running process writes.
 *
 * The tracer has it mapped, so /proc/PID/maps names it.  `dagmem run` has its
 * program's mapped, too: its PID will do.
 */
#ifndef DAGMEM_CLI_PROFILE_OF_PID_H
#define DAGMEM_CLI_PROFILE_OF_PID_H

#include <sys/types.h>

struct arena;
struct error;

/* `*path` is in `arena`.  ERROR_NOT_FOUND: no such process, or it is not traced. */
int profile_of_pid(pid_t pid, struct arena *arena, const char **path, struct error *err);

#endif
