/*
 * leak_args: the options of `dagmem leaks` alone.
 */
#ifndef DAGMEM_CLI_LEAK_ARGS_H
#define DAGMEM_CLI_LEAK_ARGS_H

#include <stdbool.h>

#include "analyzer/leaks.h"
#include "base/arena.h"
#include "cli/option_rules.h"

/* Files of suppressions. */
struct leak_files {
	const char *const *names;
	size_t count;
};

struct leak_args {
	struct arena arena;
	struct leaks_options options;   /* `today` is set by leak_args_init() */
	struct leak_files files;
	bool generate;                  /* write suppressions, not a report */
	bool follow;                    /* of all processes of the run */
	bool now;                       /* have the heap looked through first */
	const char *sarif_path, *source_root;
};

/* For view_own_options; what they fill is a struct leak_args. */
extern const struct option_rule LEAK_RULES[];

void leak_args_init(struct leak_args *args);
void leak_args_release(struct leak_args *args);

/*
 * The verdicts that `words` names, with commas between, `all` or `none`, as
 * bits 1 << enum leak_verdict; false: one of them is no verdict.
 */
bool leak_args_verdicts(const char *words, unsigned *verdicts);

/* Add the file that `optarg` names, in `arena`: 0, or an exit code after telling the user. */
int leak_args_add_file(struct leak_files *files, struct arena *arena);

/* For who was told another word. */
#define LEAK_ARGS_VERDICTS "definite, indirect, possible, reachable, all or none"

/* Today as "YYYY-MM-DD", in `arena`. */
const char *leak_args_today(struct arena *arena);

#endif
