/*
 * leak_args: the options of `dagmem leaks` alone.
 */
#ifndef DAGMEM_CLI_LEAK_ARGS_H
#define DAGMEM_CLI_LEAK_ARGS_H

#include <getopt.h>

#include "analyzer/leaks.h"
#include "base/arena.h"

struct leak_args {
	struct arena arena;
	struct leaks_options options;   /* `today` is set by leak_args_init() */
	bool generate;                  /* write suppressions, not a report */
};

/* For view_own_options; ended by zeros. */
extern const struct option LEAK_OPTIONS[];

void leak_args_init(struct leak_args *args);
void leak_args_release(struct leak_args *args);

/* One option with its argument in `optarg`; `args` is a struct leak_args. */
int leak_args_take(void *args, const char *verb, int option);

/* Today as "YYYY-MM-DD", in `arena`. */
const char *leak_args_today(struct arena *arena);

#endif
