/*
 * run_habits: options that who comes from valgrind types first after
 * `dagmem run`, and what does the same here.
 */
#ifndef DAGMEM_CLI_RUN_HABITS_H
#define DAGMEM_CLI_RUN_HABITS_H

#include <getopt.h>

enum { RUN_HABITS_FIRST = 400, RUN_HABITS = 11 };

/* Rows for the table of `run`'s options; not in its help. */
#define RUN_HABITS_OPTIONS                                                        \
	{ "tool", optional_argument, NULL, RUN_HABITS_FIRST },                    \
	{ "trace-children", optional_argument, NULL, RUN_HABITS_FIRST + 1 },      \
	{ "show-reachable", optional_argument, NULL, RUN_HABITS_FIRST + 2 },      \
	{ "gen-suppressions", optional_argument, NULL, RUN_HABITS_FIRST + 3 },    \
	{ "num-callers", optional_argument, NULL, RUN_HABITS_FIRST + 4 },         \
	{ "track-origins", optional_argument, NULL, RUN_HABITS_FIRST + 5 },       \
	{ "log-file", optional_argument, NULL, RUN_HABITS_FIRST + 6 },            \
	{ "xml", optional_argument, NULL, RUN_HABITS_FIRST + 7 },                 \
	{ "leak-resolution", optional_argument, NULL, RUN_HABITS_FIRST + 8 },     \
	{ "leak-check-heuristics", optional_argument, NULL, RUN_HABITS_FIRST + 9 }, \
	{ "json", no_argument, NULL, RUN_HABITS_FIRST + 10 }

/* Tell what to type instead; the exit code of a wrong command line. */
int run_habits_tell(int option);

#endif
