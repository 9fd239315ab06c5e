/* help: the verbs, or one verb's options. */
#include "cli/command.h"
#include "cli/message.h"

static void print_overview(void)
{
	puts("Usage: dagmem [-q|-v] [--color=auto|always|never] VERB ...\n"
	     "A malloc profiler: exact, by call stack, readable at any moment.\n");
	for (const struct command *const *command = COMMANDS; *command; command++)
		printf("  %-9s %s\n", (*command)->name, (*command)->summary);
	puts("\n'dagmem help VERB' tells a verb's options, dagmem(1) everything.");
}

static int run_help(struct context *context, int argc, char **argv)
{
	(void)context;
	if (argc < 2) {
		print_overview();
		return EXIT_OK;
	}
	const struct command *command = command_find(argv[1]);

	if (!command)
		return message_usage(NULL, "there is no verb '%s'", argv[1]);
	command_print_usage(command, stdout);
	return EXIT_OK;
}

const struct command command_help = {
	.name = "help",
	.synopsis = "[VERB]",
	.summary = "Tell the verbs, or the options of one",
	.run = run_help,
};
