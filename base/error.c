#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int set(struct error *err, enum error_code code, int errno_value,
	       const char *format, va_list args)
{
	err->code = code;
	err->errno_value = errno_value;
	vsnprintf(err->message, sizeof err->message, format, args);
	return code;
}

int error_set(struct error *err, enum error_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(err, code, 0, format, args);
	va_end(args);
	return code;
}

int error_system(struct error *err, int errno_value, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(err, ERROR_SYSTEM, errno_value, format, args);
	va_end(args);
	size_t used = strlen(err->message);
	snprintf(err->message + used, sizeof err->message - used, ": %s", strerror(errno_value));
	return ERROR_SYSTEM;
}

int error_context(struct error *err, const char *format, ...)
{
	char inner[sizeof err->message];
	va_list args;

	memcpy(inner, err->message, sizeof inner);
	va_start(args, format);
	vsnprintf(err->message, sizeof err->message, format, args);
	va_end(args);
	size_t used = strlen(err->message);
	snprintf(err->message + used, sizeof err->message - used, ": %s", inner);
	return err->code;
}
