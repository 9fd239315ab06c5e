/*
 * run_leaks_report: what `dagmem run --leak-check` says when the program has
 * ended, of all processes that were traced, and what it exits with.
 */
#ifndef DAGMEM_CLI_RUN_LEAKS_REPORT_H
#define DAGMEM_CLI_RUN_LEAKS_REPORT_H

#include <stdbool.h>
#include <sys/types.h>

struct run_leaks;
struct run_watch;

/*
 * Tell of the leaks of the run that `watch` has seen, whose program was `pid`;
 * nothing but failures when `quiet`.  Returns the exit code: `exit_code`, the
 * program's; that of --error-exitcode when memory is lost; EXIT_RUN_FAILED
 * when such a gate could not judge what has ended normally.
 */
int run_leaks_report(const struct run_leaks *leaks, const struct run_watch *watch, pid_t pid, bool quiet,
		     int exit_code);

#endif
