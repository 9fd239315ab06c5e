#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/message.h"

enum { OPTION_COLOR = OPTION_VALUES, NOT_GLOBAL = -2 };

#define GLOBAL_LETTERS "qv"

static const struct option GLOBAL_OPTIONS[] = {
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ NULL, 0, NULL, 0 },
};

/* 0: taken, OPTION_ERROR: not a value of it, NOT_GLOBAL: another's. */
static int take_global(struct context *context, const char *verb, int option)
{
	switch (option) {
	case 'q':
		context->quiet = true;
		return 0;
	case 'v':
		context->verbosity++;
		return 0;
	case OPTION_COLOR:
		if (terminal_parse_colour(optarg, &context->colour))
			return 0;
		message_usage(verb, "--color takes auto, always or never, not '%s'", optarg);
		return OPTION_ERROR;
	default:
		return NOT_GLOBAL;
	}
}

/* The global options and the verb's own, of which `table` has at most OPTIONS_MAX. */
static void join_tables(struct option *joined, const struct option *table)
{
	memcpy(joined, GLOBAL_OPTIONS, sizeof GLOBAL_OPTIONS);
	joined += sizeof GLOBAL_OPTIONS / sizeof *GLOBAL_OPTIONS - 1;
	for (size_t i = 0; i < OPTIONS_MAX && table[i].name; i++)
		*joined++ = table[i];
	*joined = (struct option){ 0 };
}

static int complain(const char *verb, int option, const char *argument)
{
	if (option == ':')
		message_usage(verb, "option '%s' needs an argument", argument);
	else if (optopt && optopt < 256 && strncmp(argument, "--", 2) != 0)
		message_usage(verb, "there is no option '-%c'", optopt);
	else if (optopt)
		message_usage(verb, "option '%s' takes no argument", argument);
	else
		message_usage(verb, "there is no option '%s'", argument);
	return OPTION_ERROR;
}

int options_next(struct context *context, const char *verb, int argc, char **argv,
		 const char *letters, const struct option *table)
{
	struct option joined[OPTIONS_MAX + sizeof GLOBAL_OPTIONS / sizeof *GLOBAL_OPTIONS];
	char all_letters[64];
	int option, taken;

	join_tables(joined, table);
	snprintf(all_letters, sizeof all_letters, "%s" GLOBAL_LETTERS, letters);
	opterr = 0;
	do {
		option = getopt_long(argc, argv, all_letters, joined, NULL);
		if (option == ':' || option == '?')
			return complain(verb, option, argv[optind - 1]);
		taken = take_global(context, verb, option);
	} while (taken == 0);
	return taken == NOT_GLOBAL ? option : taken;
}

int options_check_debuginfod(const char *verb)
{
	const char *urls = getenv("DEBUGINFOD_URLS");

	if (urls && *urls)
		return 0;
	return message_usage(verb, "--debuginfod: the environment's DEBUGINFOD_URLS names no server");
}
