#include "analyzer/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STAT_START_TIME = 22 };  /* proc(5), fields count from 1 */

/* Reads a short file of /proc; false when there is none. */
static bool read_text(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	size_t length = fread(text, 1, size - 1, file);

	text[length] = '\0';
	fclose(file);
	return length > 0;
}

static bool same_boot(const struct profile_header *header)
{
	char boot_id[sizeof header->boot_id + 8];

	if (!read_text("/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id))
		return false;
	boot_id[strcspn(boot_id, "\n")] = '\0';
	return strncmp(boot_id, header->boot_id, sizeof header->boot_id) == 0;
}

/* State letter and start time; the name before them may hold spaces and parentheses. */
static bool parse_stat(const char *stat, char *state, uint64_t *start_ticks)
{
	const char *field = strrchr(stat, ')');

	if (!field || field[1] != ' ')
		return false;
	*state = field[2];
	field += 2;
	for (int number = 3; number < STAT_START_TIME; number++) {
		field = strchr(field, ' ');
		if (!field)
			return false;
		field++;
	}
	*start_ticks = strtoull(field, NULL, 10);
	return true;
}

bool process_is_alive(const struct profile_header *header)
{
	char path[32], stat[1024], state;
	uint64_t start_ticks;

	snprintf(path, sizeof path, "/proc/%u/stat", header->pid);
	if (!same_boot(header) || !read_text(path, stat, sizeof stat) ||
	    !parse_stat(stat, &state, &start_ticks))
		return false;
	return start_ticks == header->start_ticks && state != 'Z' && state != 'X';
}

const char *process_state(const struct profile_header *header)
{
	switch (header->state) {
	case STATE_EXITED:
		return "exited";
	case STATE_KILLED:
		return "killed";
	case STATE_EXECUTED:
		return "executed";
	default:
		return process_is_alive(header) ? "running" : "unknown";
	}
}
