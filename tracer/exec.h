/*
 * exec: the traced process becomes another program.
 *
 * Without follow=1 the program has the environment that it would have without
 * us, and so would have what it becomes: the same process, no longer traced.
 * So an exec by the traced process itself hands our two variables on, for the
 * new program's start to take them out again.  Its old profile is marked as
 * ended by exec, until the exec fails.  Children that exec are none of our
 * business: neither those of fork nor those of vfork, who share our memory.
 *
 * Used by the hooks of the exec family.  Thread-safe, signal-safe, also after
 * vfork; errno stays as it is.
 */
#ifndef DAGMEM_TRACER_EXEC_H
#define DAGMEM_TRACER_EXEC_H

#include <stdbool.h>
#include <stddef.h>

struct execution {
	char *const *environment;       /* for the new program */
	void *memory;                   /* that it is in; NULL: it is the program's own */
	size_t bytes;
	bool marked;                    /* the profile is */
};

/*
 * Once, when the environment is about to be cleaned: keep the text of
 * DAGMEM_OPTIONS, and what is removed from LD_PRELOAD ("": nothing is).
 * Without it, environments are passed on as they are.
 */
void exec_init(const char *options_text, const char *preload);

/* Before the real call, which is to get `execution->environment`. */
void exec_begin(struct execution *execution, char *const *environment);

/* After it: it has failed. */
void exec_failed(struct execution *execution);

#endif
