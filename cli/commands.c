#include "cli/command.h"

#include <string.h>

const struct command *const COMMANDS[] = {
	&command_run,
	&command_top,
	&command_diff,
	&command_timeline,
	&command_report,
	&command_export,
	&command_live,
	&command_check,
	&command_leaks,
	&command_dag,
	&command_info,
	&command_sql,
	&command_doctor,
	&command_help,
	NULL,
};

const struct command *command_find(const char *name)
{
	for (const struct command *const *command = COMMANDS; *command; command++)
		if (strcmp((*command)->name, name) == 0)
			return *command;
	return NULL;
}

void command_print_usage(const struct command *command, FILE *stream)
{
	fprintf(stream, "Usage: dagmem %s %s\n%s.\n", command->name, command->synopsis, command->summary);
	if (command->options)
		fprintf(stream, "\n%s", command->options);
}
