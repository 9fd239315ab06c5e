/* main: the options before the verb, then the verb. */
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"

enum { OPTION_VERSION = 256 };

static const struct option OPTIONS[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* Each option that is only the program's ends it: the exit code. */
static int take_option(int option, struct context *context)
{
	switch (option) {
	case 'h':
		return command_help.run(context, 0, NULL);
	case OPTION_VERSION:
		puts("dagmem " DAGMEM_VERSION);
		return EXIT_OK;
	default:
		return EXIT_USAGE;
	}
}

/* Data that did not reach its destination is an error, as a full disk is. */
static int close_stdout(int exit_code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return exit_code;
	message("standard output: %m");
	return exit_code ? exit_code : EXIT_INPUT;
}

/*
 * When started with a standard descriptor closed, keep its number from going
 * to a profile that messages would then be written into.  Opened the wrong way
 * round, so that what can't be read or written fails as if it were closed.
 * Closed on exec: the program that `run` starts finds it as we did.
 */
static void fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC) < 0)
			_exit(EXIT_INPUT);
}

int main(int argc, char **argv)
{
	struct context context = { .colour = COLOUR_AUTO };
	int option;

	fill_standard_descriptors();
	setlocale(LC_CTYPE, "");
	option = options_next(&context, NULL, argc, argv, "+:h", OPTIONS);
	if (option != -1)
		return close_stdout(take_option(option, &context));
	if (optind == argc)
		return message_usage(NULL, "what shall I do?");
	const struct command *command = command_find(argv[optind]);

	if (!command)
		return message_usage(NULL, "there is no verb '%s'", argv[optind]);
	argc -= optind;
	argv += optind;
	optind = 0;     /* glibc: start anew */
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		command_print_usage(command, stdout);
		return close_stdout(EXIT_OK);
	}
	return close_stdout(command->run(&context, argc, argv));
}
