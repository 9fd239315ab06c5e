#include "cli/options.h"

#include <string.h>

#include "cli/message.h"

int options_next(const char *verb, int argc, char **argv, const char *letters,
		 const struct option *table)
{
	opterr = 0;
	int option = getopt_long(argc, argv, letters, table, NULL);

	if (option == ':')
		message_usage(verb, "option '%s' needs an argument", argv[optind - 1]);
	else if (option != '?')
		return option;
	else if (optopt && optopt < 256 && strncmp(argv[optind - 1], "--", 2) != 0)
		message_usage(verb, "there is no option '-%c'", optopt);
	else if (optopt)
		message_usage(verb, "option '%s' takes no argument", argv[optind - 1]);
	else
		message_usage(verb, "there is no option '%s'", argv[optind - 1]);
	return OPTION_ERROR;
}
