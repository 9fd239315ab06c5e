#include "cli/oom_watch.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number after `oom_kill ` in a file of "name number" lines. */
static int64_t count_in(const char *path)
{
	FILE *file = fopen(path, "re");
	int64_t count = OOM_UNKNOWN;
	char line[256];

	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, "oom_kill ", 9) == 0)
			count = strtoll(line + 9, NULL, 10);
	if (file)
		fclose(file);
	return count;
}

/* One line "ID:CONTROLLERS:PATH" of /proc/self/cgroup. */
static int64_t count_of_cgroup(const char *line)
{
	char file[4096 + 64];
	const char *controllers = strchr(line, ':');
	const char *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path)
		return OOM_UNKNOWN;
	if (strncmp(line, "0::", 3) == 0)
		snprintf(file, sizeof file, "/sys/fs/cgroup%s/memory.events", path + 1);
	else if (memmem(controllers, (size_t)(path - controllers), "memory", 6))
		snprintf(file, sizeof file, "/sys/fs/cgroup/memory%s/memory.oom_control", path + 1);
	else
		return OOM_UNKNOWN;
	return count_in(file);
}

int64_t oom_kill_count(void)
{
	FILE *cgroups = fopen("/proc/self/cgroup", "re");
	int64_t count = OOM_UNKNOWN;
	char line[4096];

	while (cgroups && count == OOM_UNKNOWN && fgets(line, sizeof line, cgroups)) {
		line[strcspn(line, "\n")] = '\0';
		count = count_of_cgroup(line);
	}
	if (cgroups)
		fclose(cgroups);
	return count == OOM_UNKNOWN ? count_in("/proc/vmstat") : count;
}
