/*
 * leak_args: the options of `dagmem leaks` alone.
 */
#ifndef DAGMEM_CLI_LEAK_ARGS_H
#define DAGMEM_CLI_LEAK_ARGS_H

#include "analyzer/leaks.h"
#include "base/arena.h"
#include "cli/option_rules.h"

struct leak_args {
	struct arena arena;
	struct leaks_options options;   /* `today` is set by leak_args_init() */
	bool generate;                  /* write suppressions, not a report */
};

/* For view_own_options; what they fill is a struct leak_args. */
extern const struct option_rule LEAK_RULES[];

void leak_args_init(struct leak_args *args);
void leak_args_release(struct leak_args *args);

/* Today as "YYYY-MM-DD", in `arena`. */
const char *leak_args_today(struct arena *arena);

#endif
