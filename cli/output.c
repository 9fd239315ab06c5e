#include "cli/output.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/error.h"
#include "cli/profile_file.h"
#include "cli/program_path.h"

#define DEFAULT_PAGER "less"

static bool is_installed(const char *program)
{
	struct arena arena = ARENA_INIT;
	bool found = program_path_find(&arena, program) != NULL;

	arena_release(&arena);
	return found;
}

/* A shell command, or NULL for none. */
static const char *pager_command(void)
{
	const char *pager = getenv("DAGMEM_PAGER");

	if (!pager)
		pager = getenv("PAGER");
	if (!pager)
		return is_installed(DEFAULT_PAGER) ? DEFAULT_PAGER " -FRX" : NULL;
	return *pager && strcmp(pager, "cat") != 0 ? pager : NULL;
}

static bool start_pager(struct output *output)
{
	const char *term = getenv("TERM");
	const char *command = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 ?
		pager_command() : NULL;

	if (!command)
		return false;
	/* $PAGER is a shell command by convention. NOLINTNEXTLINE(cert-env33-c) */
	output->stream = popen(command, "we");
	if (!output->stream)
		return false;
	output->pager = true;
	signal(SIGPIPE, SIG_IGN);       /* the user may leave the pager early */
	return true;
}

/* Other tools and steps write there, too. */
static bool is_job_summary(const char *path)
{
	const char *summary = getenv("GITHUB_STEP_SUMMARY");

	return summary && strcmp(path, summary) == 0;
}

int output_open(struct output *output, const char *path, struct error *err)
{
	*output = (struct output){ .stream = stdout };
	if (!path && start_pager(output))
		return 0;
	if (!path || strcmp(path, "-") == 0)
		return 0;
	if (profile_file_is(path))
		return error_set(err, ERROR_USAGE, "%s is a profile: not overwritten by a report", path);
	output->path = path;
	output->adds = is_job_summary(path);
	output->stream = fopen(path, output->adds ? "ae" : "we");
	if (output->stream)
		return 0;
	return error_system(err, errno, "%s", path);
}

/* Pipes and devices stay. */
static void remove_file(const struct output *output)
{
	struct stat status;

	if (!output->adds && lstat(output->path, &status) == 0 && S_ISREG(status.st_mode))
		(void)unlink(output->path);
}

int output_close(struct output *output, bool whole, struct error *err)
{
	int failed = fflush(output->stream) != 0 || ferror(output->stream) ? errno : 0;

	if (output->pager) {
		pclose(output->stream);
		return 0;
	}
	if (output->path && fclose(output->stream) != 0)
		failed = errno;
	if (output->path && (failed || !whole))
		remove_file(output);
	if (!failed)
		return 0;
	return error_system(err, failed, "%s", output->path ? output->path : "standard output");
}
