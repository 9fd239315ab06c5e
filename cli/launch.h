/*
 * launch: start a program as it would have been started without us, and see
 * to it until it ends.
 *
 * The program gets our stdin, stdout, stderr, process group, signal mask and
 * dispositions untouched.  Signals that others send us are passed on to it;
 * what the terminal sends reaches both, since both are in one process group.
 * When the program stops (^Z), so do we, and our shell sees it; when we are
 * continued, so is the program.
 *
 * One launch at a time per process: signal masks and SIGCHLD are the process's.
 */
#ifndef DAGMEM_CLI_LAUNCH_H
#define DAGMEM_CLI_LAUNCH_H

#include <stdint.h>
#include <sys/types.h>

struct error;

/* How it ended. */
struct launch_outcome {
	pid_t pid;
	int wait_status;        /* as waitpid(2) gives it */
	int exec_errno;         /* not 0: the program could not be executed, and why */
	uint64_t max_rss_bytes;
	uint64_t user_ns, system_ns;
};

/*
 * What to do while the program runs: called at the times it asks for, which it
 * returns (CLOCK_MONOTONIC, ns), and once right after the start.
 */
typedef uint64_t launch_tick(void *context, pid_t pid, uint64_t now_ns);

/*
 * Run `command` (argv, found in $PATH) with `environment` and return when it
 * has ended.  A program that cannot be executed is no error: see exec_errno.
 */
int launch_run(char *const *command, char *const *environment, launch_tick *tick, void *context,
	       struct launch_outcome *outcome, struct error *err);

/* The exit code that a shell would report, 126 and 127 included. */
int launch_exit_code(const struct launch_outcome *outcome);

#endif
