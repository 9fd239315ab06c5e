/*
 * dag_self: this program's own command line, to be run again under the tracer.
 */
#ifndef DAGMEM_CLI_DAG_SELF_H
#define DAGMEM_CLI_DAG_SELF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct error;

enum { DAG_SELF_ARGUMENTS_MAX = 256 };

struct dag_self {
	char path[PATH_MAX];                            /* of this executable */
	const char *arguments[DAG_SELF_ARGUMENTS_MAX + 1];      /* NULL-terminated */
	size_t count;
};

/* "dagmem [-q] run [-o OUTPUT] -- dagmem": the program to be traced is ourselves. */
int dag_self_init(struct dag_self *self, bool quiet, const char *output, struct error *err);

/* "dagmem" alone: not traced. */
int dag_self_init_untraced(struct dag_self *self, struct error *err);

/* Append an argument, which must outlive it.  Too many are noticed by dag_self_exec(). */
void dag_self_add(struct dag_self *self, const char *argument);

/* execv(); returns only on failure. */
int dag_self_exec(const struct dag_self *self, struct error *err);

#endif
