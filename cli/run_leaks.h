/*
 * run_leaks: the options of `dagmem run --leak-check` and what they ask of the
 * tracer; run_leaks_report has what is said at the end.
 */
#ifndef DAGMEM_CLI_RUN_LEAKS_H
#define DAGMEM_CLI_RUN_LEAKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "cli/leak_args.h"

struct error;
struct tracer_setup;

struct run_leaks {
	bool check, full;               /* full: each leak, not only sums */
	bool at_snapshots;              /* named ones, too */
	bool heap_graph, tagged_pointers;
	unsigned show;                  /* bits 1 << enum leak_verdict, of full; 0: as dagmem leaks */
	int error_exit_code;            /* 0: the program's own, leaks or not */
	bool errors_are_chosen;         /* `errors_for` counts, not definite losses alone */
	unsigned errors_for;            /* bits as of `show` */
	struct leak_files files;        /* of suppressions */
};

enum {
	RUN_LEAKS_CHECK = 300, RUN_LEAKS_SNAPSHOTS, RUN_LEAKS_GRAPH, RUN_LEAKS_TAGGED, RUN_LEAKS_SHOW,
	RUN_LEAKS_ERROR_EXIT, RUN_LEAKS_ERRORS_FOR, RUN_LEAKS_SUPPRESSIONS, RUN_LEAKS_END,
};

/* Rows for the table of `run`'s options; the long names are valgrind's. */
#define RUN_LEAKS_OPTIONS                                                        \
	{ "leak-check", optional_argument, NULL, RUN_LEAKS_CHECK },              \
	{ "leak-check-at-snapshots", no_argument, NULL, RUN_LEAKS_SNAPSHOTS },   \
	{ "heap-graph", no_argument, NULL, RUN_LEAKS_GRAPH },                    \
	{ "tagged-pointers", no_argument, NULL, RUN_LEAKS_TAGGED },              \
	{ "show", required_argument, NULL, RUN_LEAKS_SHOW },                     \
	{ "show-leak-kinds", required_argument, NULL, RUN_LEAKS_SHOW },          \
	{ "error-exitcode", required_argument, NULL, RUN_LEAKS_ERROR_EXIT },     \
	{ "errors-for", required_argument, NULL, RUN_LEAKS_ERRORS_FOR },         \
	{ "errors-for-leak-kinds", required_argument, NULL, RUN_LEAKS_ERRORS_FOR }, \
	{ "suppressions", required_argument, NULL, RUN_LEAKS_SUPPRESSIONS }

#define RUN_LEAKS_HELP                                                                   \
	"      --leak-check[=full]\n"                                                   \
	"                         look for leaks when the program ends; full: show each\n" \
	"      --leak-check-at-snapshots\n"                                             \
	"                         and with each dagmem_snapshot(), to see when they arose\n" \
	"      --heap-graph       keep all pointers, for 'dagmem leaks --retained'\n"   \
	"      --tagged-pointers  look for tagged and unaligned pointers, too\n"        \
	"      --show VERDICTS    of --leak-check=full: definite,indirect,possible,\n"  \
	"                         reachable or all (definite,possible)\n"              \
	"      --error-exitcode N end with status N when memory is lost, in any process\n" \
	"      --errors-for VERDICTS\n"                                                 \
	"                         which of them count for that (definite)\n"           \
	"      --suppressions FILE\n"                                                   \
	"                         leaks that do not count, see 'dagmem leaks'; may be repeated\n"

/* One option with its argument in `optarg`.  0, or an exit code after telling the user. */
int run_leaks_take(struct run_leaks *leaks, struct arena *arena, int option);

/* Each of the options but the first is of use only with it: they stand for it. */
bool run_leaks_are_wanted(const struct run_leaks *leaks);

/* Before the program starts: ask the tracer, and read the suppressions once to see that they are right. */
int run_leaks_prepare(const struct run_leaks *leaks, struct tracer_setup *setup, struct error *err);

#endif
