#include "cli/dag_child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/progress.h"
#include "base/units.h"
#include "cli/dag_self.h"

enum { POLL_MS = 10 };

/* The child's command line, and the room that its numbers need. */
struct command_line {
	struct dag_self self;
	char status_file[40], scale[40], jobs[16], budget[32], limit[32];
};

static void add_number(struct dag_self *self, const char *option, uint64_t number, char *text,
		       size_t size)
{
	if (!number)
		return;
	snprintf(text, size, "%llu", (unsigned long long)number);
	dag_self_add(self, option);
	dag_self_add(self, text);
}

static void add_options(struct command_line *line, const struct dag_options *options)
{
	struct dag_self *self = &line->self;

	snprintf(line->scale, sizeof line->scale, "%.17g", options->build.scale);
	dag_self_add(self, "--scale");
	dag_self_add(self, line->scale);
	if (options->build.transients)
		dag_self_add(self, "--transients");
	add_number(self, "--jobs", options->jobs, line->jobs, sizeof line->jobs);
	add_number(self, "--budget", options->budget_bytes, line->budget, sizeof line->budget);
	add_number(self, "--memory-limit", options->limit_bytes, line->limit, sizeof line->limit);
	dag_self_add(self, "--payload");
	dag_self_add(self, options->payload);
	for (size_t i = 0; i < options->keep_count; i++) {
		dag_self_add(self, "--keep");
		dag_self_add(self, options->keep[i]);
	}
}

static int write_command_line(struct command_line *line, const struct dag_options *options,
			      const struct policy *policy, const struct order *order,
			      const char *profile, int status_fd, struct error *err)
{
	struct dag_self *self = &line->self;
	int code = profile ? dag_self_init(self, true, profile, err) : dag_self_init_untraced(self, err);

	if (code != 0)
		return code;
	dag_self_add(self, "dag");
	dag_self_add(self, "run");
	dag_self_add(self, "--no-trace");
	dag_self_add(self, "--policy");
	dag_self_add(self, policy->name);
	dag_self_add(self, "--order");
	dag_self_add(self, order->name);
	snprintf(line->status_file, sizeof line->status_file, "/proc/self/fd/%d", status_fd);
	dag_self_add(self, "--status-file");
	dag_self_add(self, line->status_file);
	add_options(line, options);
	dag_self_add(self, "--");
	dag_self_add(self, options->source);
	return 0;
}

static pid_t start(const struct command_line *line)
{
	pid_t child = fork();
	struct error err;

	if (child != 0)
		return child;
	dag_self_exec(&line->self, &err);
	_exit(EXIT_RUN_FAILED);
}

/* Watch until it ends; the child writes into the record all the while. */
static int wait_for(pid_t child, const struct dag_record *shared, struct progress *progress,
		    struct rusage *usage)
{
	struct timespec pause = { 0, POLL_MS * 1000000 };
	int status = 0;

	for (;;) {
		pid_t ended = wait4(child, &status, WNOHANG, usage);

		if (ended == child || (ended < 0 && errno != EINTR))
			return status;
		progress_update(progress, shared->policy, shared->nodes_executed, shared->nodes);
		nanosleep(&pause, NULL);
	}
}

/* The process is gone and did not say how it went. */
static void note_death(struct dag_record *record, int status, const struct rusage *usage)
{
	if (record->rss_peak_bytes == DAG_UNKNOWN)
		record->rss_peak_bytes = (uint64_t)usage->ru_maxrss * 1024;
	if (record->status == DAG_RUNNING) {
		record->status = DAG_KILLED;
		snprintf(record->message, sizeof record->message, "killed at node %s with %s held",
			 record->node, units_size(record->held_at_end_bytes).text);
	} else if (record->status == DAG_STARTING) {
		record->status = DAG_FAILED;
		snprintf(record->message, sizeof record->message, "ended before the first node (wait status %d)",
			 status);
	}
}

static int unshared(struct error *err)
{
	error_system(err, errno, "memory to share with a run");
	return ERROR_SYSTEM;
}

/* A file without a name that the child finds by its descriptor. */
static int share(struct dag_record **shared, int *fd, struct error *err)
{
	*fd = memfd_create("dagmem-dag", 0);
	if (*fd < 0 || ftruncate(*fd, sizeof **shared) != 0)
		return unshared(err);
	*shared = mmap(NULL, sizeof **shared, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (*shared != MAP_FAILED)
		return 0;
	*shared = NULL;
	return unshared(err);
}

/* What the parent knows better than the child. */
static void take_over(struct dag_record *record, const struct dag_record *shared)
{
	uint64_t bound_bytes = record->lower_bound_bytes;
	char profile[sizeof record->profile];

	memcpy(profile, record->profile, sizeof profile);
	*record = *shared;
	record->lower_bound_bytes = bound_bytes;
	memcpy(record->profile, profile, sizeof profile);
}

int dag_child_run(const struct dag_options *options, const struct policy *policy,
		  const struct order *order, const char *profile, struct progress *progress,
		  struct dag_record *record, struct error *err)
{
	struct command_line line;
	struct dag_record *shared = NULL;
	struct rusage usage = { .ru_maxrss = 0 };
	int fd, code = share(&shared, &fd, err);

	if (code == 0)
		code = write_command_line(&line, options, policy, order, profile, fd, err);
	if (code == 0) {
		*shared = *record;
		pid_t child = start(&line);

		if (child < 0) {
			code = error_system(err, errno, "fork");
		} else {
			int status = wait_for(child, shared, progress, &usage);

			take_over(record, shared);
			note_death(record, status, &usage);
		}
	}
	if (shared)
		munmap(shared, sizeof *shared);
	if (fd >= 0)
		close(fd);
	return code;
}
