#include "cli/message.h"

#include <stdarg.h>
#include <stdio.h>

#include "cli/command.h"

static void print(const char *format, va_list args)
{
	fputs("dagmem: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void message(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(format, args);
	va_end(args);
}

int message_error(const struct error *err)
{
	message("%s", err->message);
	return err->code == ERROR_USAGE ? EXIT_USAGE : EXIT_INPUT;
}

int message_usage(const char *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(format, args);
	va_end(args);
	message("try 'dagmem help%s%s'", verb ? " " : "", verb ? verb : "");
	return EXIT_USAGE;
}
