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
	bool adds;              /* to what the file had */
};

/*
 * Open `path`, or standard output for NULL and "-".  The pager is
 * $DAGMEM_PAGER, else $PAGER, else `less -FRX` if there is one; empty or "cat"
 * is none.  A profile is never overwritten: ERROR_USAGE.  The summary of a CI
 * job, which is the file that $GITHUB_STEP_SUMMARY names, is added to.
 */
int output_open(struct output *output, const char *path, struct error *err);

/*
 * ERROR_SYSTEM when something did not reach its destination.  Of a report that
 * is not `whole` no file is left that could be taken for one.
 */
int output_close(struct output *output, bool whole, struct error *err);

#endif
