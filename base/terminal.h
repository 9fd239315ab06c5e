/*
 * terminal: what the other end of a file descriptor can show.
 */
#ifndef DAGMEM_BASE_TERMINAL_H
#define DAGMEM_BASE_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

enum colour_choice { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

/* "auto", "always" or "never" into `*choice`; false for anything else. */
bool terminal_parse_colour(const char *text, enum colour_choice *choice);

/*
 * Whether to colour what goes to `fd`.  COLOUR_AUTO: when it is a terminal,
 * TERM is set and not "dumb", and NO_COLOR is unset or empty (no-color.org).
 */
bool terminal_wants_colour(int fd, enum colour_choice choice);

/* Columns of the screen behind `fd`: COLUMNS, else what the terminal says, else 80. */
unsigned terminal_columns(int fd);

/* True when the locale's characters are UTF-8. */
bool terminal_is_utf8(void);

#endif
