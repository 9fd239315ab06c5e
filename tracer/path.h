/*
 * path: the profile's path, made of the pattern that options give: %p is the
 * process's id, %e the program's name, %h the host's.  Without stdio and locale,
 * into buffers of the caller's; what does not fit is cut.  Called by mapping.
 */
#ifndef DAGMEM_TRACER_PATH_H
#define DAGMEM_TRACER_PATH_H

#include <stddef.h>

/* `text` behind the `used` bytes of `to`; returns how many are used then. */
size_t path_append(char *to, size_t room, size_t used, const char *text);

/* The path of `pattern` for program `name`. */
void path_expand(char *to, size_t room, const char *pattern, const char *name);

/* DIR/x.dagmem -> DIR/x.2.dagmem: a name that is free when the first is taken. */
void path_number(char *to, size_t room, const char *path, unsigned number);

#endif
