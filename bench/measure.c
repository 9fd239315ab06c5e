/*
 * measure: run a command and say what it and all its descendants used.
 *
 * usage: measure [-n TIMES] [-t SECONDS] RESULT [NAME=VALUE]... -- COMMAND...
 *
 * Runs COMMAND TIMES times, one after the other, with the variables set for it
 * alone, and writes one line of JSON to the file RESULT.  CPU time is that of
 * the whole process tree: measure makes itself the reaper of orphans and waits
 * until no descendant is left, so a profiler's helper that outlives the program
 * is counted.  A small C program, since a child's peak RSS is never less than
 * that of the process that started it.
 *
 * Ends with status 0 when it could measure, whatever the command's own status.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct options {
	unsigned times, seconds;
	const char *result;
	char **variables;       /* NAME=VALUE, up to "--" */
	char **command;
};

struct outcome {
	double program_s;       /* from each start to the end of the command itself */
	double all_s;           /* ... to the end of its last descendant */
	int status;             /* of the first run that did not end with 0 */
	bool timed_out;
};

static volatile sig_atomic_t alarmed;
static volatile pid_t group;

static void on_alarm(int signal_number)
{
	(void)signal_number;
	alarmed = 1;
	if (group > 0)
		kill(-group, SIGKILL);
}

static void fail(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void usage(void)
{
	fprintf(stderr, "usage: measure [-n TIMES] [-t SECONDS] RESULT [NAME=VALUE]... -- COMMAND...\n");
	exit(2);
}

static struct options parse(int argc, char **argv)
{
	struct options options = { .times = 1, .seconds = 600 };
	int option, dashes;

	while ((option = getopt(argc, argv, "+n:t:")) != -1) {
		if (option == 'n')
			options.times = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 't')
			options.seconds = (unsigned)strtoul(optarg, NULL, 10);
		else
			usage();
	}
	for (dashes = optind + 1; dashes < argc && strcmp(argv[dashes], "--") != 0; dashes++)
		;
	if (dashes + 1 >= argc || options.times == 0)
		usage();
	argv[dashes] = NULL;
	options.result = argv[optind];
	options.variables = argv + optind + 1;
	options.command = argv + dashes + 1;
	return options;
}

/* In the child: a group of its own, so that a timeout ends all of it. */
static void become(const struct options *options)
{
	setpgid(0, 0);
	for (char **variable = options->variables; *variable; variable++)
		putenv(*variable);
	execvp(options->command[0], options->command);
	fprintf(stderr, "measure: %s: %s\n", options->command[0], strerror(errno));
	_exit(127);
}

/* Reap one descendant, whatever interrupts the wait; -1 when none is left. */
static pid_t reap(int *status)
{
	pid_t pid;

	do {
		pid = wait(status);
	} while (pid < 0 && errno == EINTR);
	return pid;
}

static void run_once(const struct options *options, struct outcome *outcome)
{
	double start = now_s();
	pid_t program = fork(), pid;
	int status;

	if (program < 0)
		fail("fork");
	if (program == 0)
		become(options);
	setpgid(program, program);
	group = program;
	while ((pid = reap(&status)) > 0) {
		if (pid != program)
			continue;
		outcome->program_s += now_s() - start;
		if (outcome->status == 0)
			outcome->status = status;
	}
	group = 0;
	outcome->all_s += now_s() - start;
}

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void write_result(const struct options *options, const struct outcome *outcome)
{
	FILE *out = fopen(options->result, "w");
	struct rusage usage;
	int status = outcome->status;

	if (!out || getrusage(RUSAGE_CHILDREN, &usage) != 0)
		fail(options->result);
	fprintf(out, "{\"times\": %u, \"program_s\": %.6f, \"all_s\": %.6f, \"user_s\": %.6f,"
		" \"system_s\": %.6f, \"max_rss_bytes\": %llu, \"status\": %d, \"timed_out\": %s}\n",
		options->times, outcome->program_s, outcome->all_s, seconds_of(usage.ru_utime),
		seconds_of(usage.ru_stime), (unsigned long long)usage.ru_maxrss * 1024,
		WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
		outcome->timed_out ? "true" : "false");
	if (fclose(out) != 0)
		fail(options->result);
}

int main(int argc, char **argv)
{
	struct options options = parse(argc, argv);
	struct outcome outcome = { .status = 0 };
	struct sigaction action = { .sa_handler = on_alarm };

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		fail("prctl");
	sigaction(SIGALRM, &action, NULL);
	alarm(options.seconds);
	for (unsigned i = 0; i < options.times && !alarmed && outcome.status == 0; i++)
		run_once(&options, &outcome);
	outcome.timed_out = alarmed;
	write_result(&options, &outcome);
	return 0;
}
