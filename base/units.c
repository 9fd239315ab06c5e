#include "base/units.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const char *const SIZE_UNITS[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };

static struct units_text format_size(uint64_t bytes, const char *sign)
{
	struct units_text result;
	double value = (double)bytes;
	unsigned unit = 0;

	/* 1023.95 would print as 1024.0 of the smaller unit. */
	while (value >= (unit ? 1023.95 : 1024) && unit + 1 < sizeof SIZE_UNITS / sizeof *SIZE_UNITS) {
		value /= 1024;
		unit++;
	}
	snprintf(result.text, sizeof result.text, unit ? "%s%.1f %s" : "%s%.0f %s",
		 sign, value, SIZE_UNITS[unit]);
	return result;
}

struct units_text units_size(uint64_t bytes)
{
	return format_size(bytes, "");
}

struct units_text units_size_change(uint64_t old_bytes, uint64_t new_bytes)
{
	if (new_bytes < old_bytes)
		return format_size(old_bytes - new_bytes, "-");
	return format_size(new_bytes - old_bytes, "+");
}

struct units_text units_kib(uint64_t bytes)
{
	struct units_text result;

	snprintf(result.text, sizeof result.text, "%.1f KiB", (double)bytes / 1024);
	return result;
}

struct units_text units_duration(uint64_t ns)
{
	struct units_text result;
	char *text = result.text;
	size_t room = sizeof result.text;
	unsigned long long seconds = ns / 1000000000;

	if (ns == 0)
		snprintf(text, room, "0 s");
	else if (ns < 1000000)
		snprintf(text, room, "%.0f us", (double)ns / 1e3);
	else if (ns < 1000000000)
		snprintf(text, room, "%.1f ms", (double)ns / 1e6);
	else if (seconds < 120)
		snprintf(text, room, "%.2f s", (double)ns / 1e9);
	else if (seconds < 2 * 3600)
		snprintf(text, room, "%llu min %02llu s", seconds / 60, seconds % 60);
	else
		snprintf(text, room, "%llu h %02llu min", seconds / 3600, seconds / 60 % 60);
	return result;
}

struct unit { const char *name; double factor; };

static const struct unit PARSED_SIZES[] = {
	{ "", 1 }, { "B", 1 },
	{ "K", 0x1p10 }, { "KB", 0x1p10 }, { "KiB", 0x1p10 },
	{ "M", 0x1p20 }, { "MB", 0x1p20 }, { "MiB", 0x1p20 },
	{ "G", 0x1p30 }, { "GB", 0x1p30 }, { "GiB", 0x1p30 },
	{ "T", 0x1p40 }, { "TB", 0x1p40 }, { "TiB", 0x1p40 },
	{ NULL, 0 },
};

static const struct unit PARSED_DURATIONS[] = {
	{ "", 1e9 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 },
	{ "m", 60e9 }, { "min", 60e9 }, { "h", 3600e9 }, { NULL, 0 },
};

static double unit_factor(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (strcasecmp(units->name, name) == 0)
			return units->factor;
	return 0;
}

/* NUMBER [UNIT] of one of `units`; `what` names it in the error. */
static int parse(const char *text, const struct unit *units, const char *what,
		 uint64_t *value, struct error *err)
{
	char *end;

	/* strtod alone would take "-1", "inf" and hexadecimal. */
	if (!isdigit((unsigned char)text[0]) || text[1] == 'x' || text[1] == 'X')
		return error_set(err, ERROR_USAGE, "'%s' is no %s", text, what);
	double number = strtod(text, &end);

	while (*end == ' ')
		end++;
	double factor = unit_factor(units, end);

	if (factor == 0)
		return error_set(err, ERROR_USAGE, "'%s' is no %s: unknown unit '%s'", text, what, end);
	double product = number * factor;

	if (!(product + 0.5 < 0x1p64))
		return error_set(err, ERROR_USAGE, "'%s' is too large", text);
	*value = (uint64_t)(product + 0.5);
	return 0;
}

int units_parse_size(const char *text, uint64_t *bytes, struct error *err)
{
	return parse(text, PARSED_SIZES, "size", bytes, err);
}

int units_parse_duration(const char *text, uint64_t *ns, struct error *err)
{
	return parse(text, PARSED_DURATIONS, "duration", ns, err);
}
