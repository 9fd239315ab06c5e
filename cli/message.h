/*
 * message: what the command says on stderr, each line after "dagmem: ".
 *
 * stdout is for data alone.  These are the only functions that tell the user
 * of an error, and the only place that turns an error into an exit code.
 */
#ifndef DAGMEM_CLI_MESSAGE_H
#define DAGMEM_CLI_MESSAGE_H

#include "base/error.h"

void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Tell of `err` and return the exit code it stands for. */
int message_error(const struct error *err);

/* Tell of a mistake in the command line, point to `help VERB`, return EXIT_USAGE. */
int message_usage(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
