/*
 * options: getopt_long with our own messages.
 *
 * Options may stand before or after other arguments.  Tables of long options
 * use values from 256 on for those without a letter.
 */
#ifndef DAGMEM_CLI_OPTIONS_H
#define DAGMEM_CLI_OPTIONS_H

#include <getopt.h>
#include <stdint.h>

enum { OPTION_ERROR = '?' };

/*
 * The next option as getopt_long() returns it, -1 at the end, OPTION_ERROR
 * after telling the user what is wrong.  `letters` must begin with ":" or
 * "+:".  `verb` may be NULL.
 */
int options_next(const char *verb, int argc, char **argv, const char *letters,
		 const struct option *table);

#endif
