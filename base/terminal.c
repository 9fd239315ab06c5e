#include "base/terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS_DEFAULT = 80, COLUMNS_MIN = 20, COLUMNS_MAX = 1000 };

bool terminal_parse_colour(const char *text, enum colour_choice *choice)
{
	static const char *const NAMES[] = { "auto", "always", "never" };

	for (int i = COLOUR_AUTO; i <= COLOUR_NEVER; i++)
		if (strcmp(text, NAMES[i]) == 0) {
			*choice = (enum colour_choice)i;
			return true;
		}
	return false;
}

bool terminal_wants_colour(int fd, enum colour_choice choice)
{
	if (choice != COLOUR_AUTO)
		return choice == COLOUR_ALWAYS;
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if ((no_colour && *no_colour) || !term || strcmp(term, "dumb") == 0)
		return false;
	return isatty(fd);
}

unsigned terminal_columns(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { 0 };
	unsigned long count = columns ? strtoul(columns, NULL, 10) : 0;

	if (!count && ioctl(fd, TIOCGWINSZ, &size) == 0)
		count = size.ws_col;
	if (!count)
		return COLUMNS_DEFAULT;
	return (unsigned)(count < COLUMNS_MIN ? COLUMNS_MIN : count > COLUMNS_MAX ? COLUMNS_MAX : count);
}

bool terminal_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}
