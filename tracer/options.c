#include "tracer/options.h"

#include <string.h>

static const uint64_t DEFAULT_MAX_PROFILE = UINT64_C(1) << 30;

const char *options_getenv(char *const *environment, const char *name)
{
	size_t length = strlen(name);

	for (; environment && *environment; environment++)
		if (!strncmp(*environment, name, length) && (*environment)[length] == '=')
			return *environment + length + 1;
	return NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Only %25, %2C and control characters are encoded: "%p" in a pattern stays. */
static bool encoded(const char *text)
{
	if (text[0] != '%' || hex_digit(text[1]) < 0 || hex_digit(text[2]) < 0)
		return false;
	int byte = hex_digit(text[1]) * 16 + hex_digit(text[2]);

	return byte == '%' || byte == ',' || byte < 0x20;
}

static void copy_value(char *to, size_t room, const char *from, size_t length)
{
	size_t used = 0;

	for (size_t i = 0; i < length && used + 1 < room; i++) {
		if (i + 2 < length && encoded(from + i)) {
			to[used++] = (char)(hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2]));
			i += 2;
		} else {
			to[used++] = from[i];
		}
	}
	to[used] = 0;
}

static uint64_t number(const char *text, size_t length, unsigned base)
{
	uint64_t value = 0;

	for (size_t i = 0; i < length; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0 || (unsigned)digit >= base)
			break;
		value = value * base + (unsigned)digit;
	}
	return value;
}

/* "exit", "snapshots", or both with a "+" between; "0" is none. False: another word is there. */
static bool set_leaks(struct options *options, const char *value, size_t length)
{
	options->leaks_at_exit = options->leaks_at_snapshots = false;
	while (length) {
		const char *plus = memchr(value, '+', length);
		size_t word = plus ? (size_t)(plus - value) : length;

		if (word == 4 && !memcmp(value, "exit", 4))
			options->leaks_at_exit = true;
		else if (word == 9 && !memcmp(value, "snapshots", 9))
			options->leaks_at_snapshots = true;
		else if (word != 1 || *value != '0')
			return false;
		length -= plus ? word + 1 : word;
		value += plus ? word + 1 : word;
	}
	return true;
}

static void set(struct options *options, const char *key, size_t key_length, const char *value,
		size_t length)
{
#define IS(name) (key_length == sizeof(name) - 1 && !memcmp(key, name, sizeof(name) - 1))
	if (IS("out"))
		copy_value(options->out, sizeof options->out, value, length);
	else if (IS("preload"))
		copy_value(options->preload, sizeof options->preload, value, length);
	else if (IS("follow"))
		options->follow = number(value, length, 10) != 0;
	else if (IS("run"))
		options->run_id = number(value, length, 16);
	else if (IS("max"))
		options->max_profile_bytes = number(value, length, 10);
	else if (IS("argv"))
		options->record_argv = number(value, length, 10) != 0;
	else if (IS("check"))
		options->check_every = (uint32_t)number(value, length, 10);
	else if (IS("graph"))
		options->leak_graph = number(value, length, 10) != 0;
	else if (IS("tagged"))
		options->leak_tagged = number(value, length, 10) != 0;
	else if (IS("leaks") && set_leaks(options, value, length))
		return;
	else if (!options->unknown[0])
		copy_value(options->unknown, sizeof options->unknown, key, key_length);
#undef IS
}

void options_parse(struct options *options, const char *text)
{
	options->follow = true;
	options->record_argv = true;
	options->max_profile_bytes = DEFAULT_MAX_PROFILE;
	while (text && *text) {
		const char *end = strchr(text, ','), *equals;

		if (!end)
			end = text + strlen(text);
		equals = memchr(text, '=', (size_t)(end - text));
		if (equals)
			set(options, text, (size_t)(equals - text), equals + 1,
			    (size_t)(end - equals - 1));
		else if (end > text)
			set(options, text, (size_t)(end - text), end, 0);
		text = *end ? end + 1 : end;
	}
}

static void remove_variable(char **environment, const char *name)
{
	size_t length = strlen(name);
	char **to = environment;

	for (char **from = environment; *from; from++)
		if (strncmp(*from, name, length) != 0 || (*from)[length] != '=')
			*to++ = *from;
	*to = NULL;
}

/* Cut `item` out of a list separated by colons or spaces, in place. */
static void remove_item(char *list, const char *item)
{
	size_t length = strlen(item);
	char *found = list;

	while ((found = strstr(found, item))) {
		bool starts = found == list || found[-1] == ':' || found[-1] == ' ';
		char after = found[length];

		if (starts && (!after || after == ':' || after == ' ')) {
			char *from = after ? found + length + 1 : found + length;

			if (!after && found > list)
				found--;        /* the separator before the last item */
			memmove(found, from, strlen(from) + 1);
			return;
		}
		found += length;
	}
}

void options_clean_environment(const struct options *options, char **environment)
{
	char *preload = (char *)options_getenv(environment, "LD_PRELOAD");

	remove_variable(environment, "DAGMEM_OPTIONS");
	if (!preload || !options->preload[0])
		return;
	remove_item(preload, options->preload);
	if (!*preload)
		remove_variable(environment, "LD_PRELOAD");
}
