/*
 * command: a verb of the command line.
 *
 * One `cmd_*.c` a verb, one table in commands.c.  A verb gets its own argv
 * (argv[0] is the verb), prints data to stdout and messages to stderr, and
 * returns the exit code.
 */
#ifndef DAGMEM_CLI_COMMAND_H
#define DAGMEM_CLI_COMMAND_H

#include <stdio.h>

#include "base/terminal.h"

/* What the global options said; those after the verb count once it has read them. */
struct context {
	bool quiet;
	int verbosity;
	enum colour_choice colour;
};

enum exit_code {
	EXIT_OK = 0,
	EXIT_GATE = 1,          /* a gate failed */
	EXIT_USAGE = 2,
	EXIT_INPUT = 3,         /* unreadable input, or of a newer format */
	EXIT_RUN_FAILED = 125,  /* `run`: our own failure, as env(1) */
	EXIT_RUN_NOT_EXECUTABLE = 126,
	EXIT_RUN_NOT_FOUND = 127,
};

struct command {
	const char *name;
	const char *synopsis;   /* arguments, for the usage line */
	const char *summary;    /* one line, for `help` */
	const char *options;    /* one option a line, for `help VERB` */
	int (*run)(struct context *context, int argc, char **argv);
};

/* The verbs, ended by NULL. */
extern const struct command *const COMMANDS[];

/* NULL when there is no such verb. */
const struct command *command_find(const char *name);

void command_print_usage(const struct command *command, FILE *stream);

extern const struct command command_dag_show;
extern const struct command command_check;
extern const struct command command_dag;
extern const struct command command_diff;
extern const struct command command_doctor;
extern const struct command command_export;
extern const struct command command_help;
extern const struct command command_info;
extern const struct command command_report;
extern const struct command command_live;
extern const struct command command_leaks;
extern const struct command command_run;
extern const struct command command_sql;
extern const struct command command_timeline;
extern const struct command command_top;

#endif
