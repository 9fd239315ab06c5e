/*
 * run_summary: the few lines that `dagmem run` leaves on stderr when the
 * program has ended, and the command to try next.
 */
#ifndef DAGMEM_CLI_RUN_SUMMARY_H
#define DAGMEM_CLI_RUN_SUMMARY_H

#include <stdbool.h>

struct launch_outcome;
struct run_watch;

void run_summary_print(const struct run_watch *watch, const struct launch_outcome *outcome,
		       bool out_of_memory);

#endif
