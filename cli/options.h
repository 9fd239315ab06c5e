/*
 * options: getopt_long with our own messages.
 *
 * Options may stand before or after other arguments, and the global ones (-q,
 * -v, --color) among a verb's own.  Tables of long options use values from 256
 * to OPTION_VALUES - 1 for those without a letter, and at most OPTIONS_MAX rows.
 */
#ifndef DAGMEM_CLI_OPTIONS_H
#define DAGMEM_CLI_OPTIONS_H

#include <getopt.h>
#include <stdint.h>

struct context;

enum { OPTION_ERROR = '?', OPTION_VALUES = 512, OPTIONS_MAX = 32 };

/*
 * The next option of the table as getopt_long() returns it, -1 at the end,
 * OPTION_ERROR after telling the user what is wrong.  Global options go into
 * `context`.  `letters` must begin with ":" or "+:".  `verb` may be NULL.
 */
int options_next(struct context *context, const char *verb, int argc, char **argv,
		 const char *letters, const struct option *table);

/* After --debuginfod: 0, or EXIT_USAGE after telling that there is no server to ask. */
int options_check_debuginfod(const char *verb);

#endif
