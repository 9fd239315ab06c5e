#include "cli/loader_list.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Have `loader` write its list into `out`; its complaints are for the real start. */
static bool start_list(const char *loader, const char *preload, const char *program, int out,
		       pid_t *pid)
{
	char *const plain[] = { (char *)loader, "--list", (char *)program, NULL };
	char *const preloading[] = {
		(char *)loader, "--preload", (char *)preload, "--list", (char *)program, NULL,
	};
	posix_spawn_file_actions_t actions;
	bool started = false;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	if (posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO) == 0 &&
	    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0)
		started = posix_spawn(pid, loader, &actions, NULL, preload ? preloading : plain,
				      environ) == 0;
	posix_spawn_file_actions_destroy(&actions);
	return started;
}

/* The path in a line "NAME => PATH (0xADDRESS)" or "PATH (0xADDRESS)"; NULL: there is none. */
static const char *path_in(char *line)
{
	char *start = strchr(line, '/'), *end = start;
	char *arrow = strstr(line, " => /");

	if (arrow)
		start = arrow + strlen(" => ");
	for (char *next = start; next && (next = strstr(next, " (0x")); next++)
		end = next;
	if (!start || end <= start)
		return NULL;
	*end = '\0';
	return start;
}

/* Reads to the end, so that the loader never writes to a closed pipe. */
static void visit_list(FILE *list, loader_list_visit *visit, void *context)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, list) > 0) {
		const char *path = path_in(line);

		if (path)
			visit(context, path);
	}
	free(line);
}

void loader_list(const char *loader, const char *preload, const char *program,
		 loader_list_visit *visit, void *context)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return;
	bool started = start_list(loader, preload, program, ends[1], &pid);
	FILE *list = fdopen(ends[0], "r");

	close(ends[1]);
	if (started && list)
		visit_list(list, visit, context);
	if (list)
		fclose(list);
	else
		close(ends[0]);
	if (started)
		waitpid(pid, NULL, 0);
}
