/*
 * output: where a report goes: a file, standard output, or a pager when that
 * is a terminal.
 */
#ifndef DAGMEM_CLI_OUTPUT_H
#define DAGMEM_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct error;

struct output {
	FILE *stream;
	const char *path;       /* NULL: not a file */
	bool pager;
};

/*
 * Open `path`, or standard output for NULL and "-".  The pager is
 * $DAGMEM_PAGER, else $PAGER, else `less -FRX` if there is one; empty or "cat"
 * is none.  A profile is never overwritten: ERROR_USAGE.
 */
int output_open(struct output *output, const char *path, struct error *err);

/* ERROR_SYSTEM when something did not reach its destination. */
int output_close(struct output *output, struct error *err);

#endif
