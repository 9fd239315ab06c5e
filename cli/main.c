/* main: the options before the verb, then the verb. */
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"

enum { OPTION_COLOR = 256, OPTION_VERSION };

static const struct option OPTIONS[] = {
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* One global option; the exit code when it ends the program, else -1. */
static int take_option(int option, struct context *context)
{
	switch (option) {
	case 'q':
		context->quiet = true;
		return -1;
	case 'v':
		context->verbosity++;
		return -1;
	case OPTION_COLOR:
		if (terminal_parse_colour(optarg, &context->colour))
			return -1;
		return message_usage(NULL, "--color takes auto, always or never, not '%s'", optarg);
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
 * to a profile that messages would then be written into.  Closed on exec: the
 * program that `run` starts finds it as we did.
 */
static void fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	struct context context = { .colour = COLOUR_AUTO };
	int option, code;

	fill_standard_descriptors();
	setlocale(LC_CTYPE, "");
	while ((option = options_next(NULL, argc, argv, "+:qvh", OPTIONS)) != -1)
		if ((code = take_option(option, &context)) >= 0)
			return close_stdout(code);
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
