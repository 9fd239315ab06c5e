/*
 * run_leaks: `dagmem run --leak-check`: what it asks of the tracer, what it
 * says of the leaks when the program has ended, and the exit code for it.
 */
#ifndef DAGMEM_CLI_RUN_LEAKS_H
#define DAGMEM_CLI_RUN_LEAKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct error;
struct tracer_setup;

struct run_leaks {
	bool check, full;               /* full: each leak, not only sums */
	bool at_snapshots;              /* named ones, too */
	bool heap_graph, tagged_pointers;
	int error_exit_code;            /* 0: the program's own, leaks or not */
	const char *const *files;       /* of suppressions */
	size_t file_count;
};

enum {
	RUN_LEAKS_CHECK = 300, RUN_LEAKS_SNAPSHOTS, RUN_LEAKS_GRAPH, RUN_LEAKS_TAGGED,
	RUN_LEAKS_ERROR_EXIT, RUN_LEAKS_SUPPRESSIONS, RUN_LEAKS_END,
};

/* Rows for the table of `run`'s options. */
#define RUN_LEAKS_OPTIONS                                                        \
	{ "leak-check", optional_argument, NULL, RUN_LEAKS_CHECK },              \
	{ "leak-check-at-snapshots", no_argument, NULL, RUN_LEAKS_SNAPSHOTS },   \
	{ "heap-graph", no_argument, NULL, RUN_LEAKS_GRAPH },                    \
	{ "tagged-pointers", no_argument, NULL, RUN_LEAKS_TAGGED },              \
	{ "error-exitcode", required_argument, NULL, RUN_LEAKS_ERROR_EXIT },     \
	{ "suppressions", required_argument, NULL, RUN_LEAKS_SUPPRESSIONS }

#define RUN_LEAKS_HELP                                                                   \
	"      --leak-check[=full]\n"                                                   \
	"                         look for leaks when the program ends; full: show each\n" \
	"      --leak-check-at-snapshots\n"                                             \
	"                         and with each dagmem_snapshot(), to see when they arose\n" \
	"      --heap-graph       keep all pointers, for 'dagmem leaks --retained'\n"   \
	"      --tagged-pointers  look for tagged and unaligned pointers, too\n"        \
	"      --error-exitcode N end with status N when memory is definitely lost\n"   \
	"      --suppressions FILE\n"                                                   \
	"                         leaks that do not count, see 'dagmem leaks'; may be repeated\n"

/* One option with its argument in `optarg`.  0, or an exit code after telling the user. */
int run_leaks_take(struct run_leaks *leaks, struct arena *arena, int option);

/* Before the program starts: ask the tracer, and read the suppressions once to see that they are right. */
int run_leaks_prepare(const struct run_leaks *leaks, struct tracer_setup *setup, struct error *err);

/*
 * After it has ended: tell of the leaks in the profile at `path`, unless
 * `quiet`.  True: memory is definitely lost.
 */
bool run_leaks_report(const struct run_leaks *leaks, const char *path, bool quiet);

#endif
