/*
 * leak_request: has a running program's heap looked through now, for
 * `dagmem leaks --now`.
 */
#ifndef DAGMEM_CLI_LEAK_REQUEST_H
#define DAGMEM_CLI_LEAK_REQUEST_H

struct arena;
struct error;

/*
 * Ask the tracer of the program that writes the profile at `path` for a leak
 * check, and wait until it is in the profile; `*label`, in `arena`, is its.
 * ERROR_NOT_FOUND: the program does not run; ERROR_LIMIT: no answer in time,
 * or the check failed.
 */
int leak_request_make(const char *path, struct arena *arena, const char **label, struct error *err);

#endif
