#include "reports/clean.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

void clean_print_bytes(const char *text, size_t length, FILE *out)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		fputc((c < ' ' && c != '\t') || c == 0x7f ? '?' : c, out);
	}
}

void clean_print(const char *text, FILE *out)
{
	clean_print_bytes(text, strlen(text), out);
}

static bool continues(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

size_t clean_prefix(const char *text, size_t length, size_t characters)
{
	size_t end = 0;

	for (; end < length; end++)
		if (!continues((unsigned char)text[end]) && characters-- == 0)
			break;
	return end;
}

/* Length of the valid character at `c`, or 0.  The ranges are RFC 3629's. */
static size_t character_length(const unsigned char *c)
{
	if (c[0] < 0x80)
		return 1;
	if (c[0] >= 0xc2 && c[0] <= 0xdf)
		return continues(c[1]) ? 2 : 0;
	if (c[0] >= 0xe0 && c[0] <= 0xef) {
		bool overlong = c[0] == 0xe0 && c[1] < 0xa0;
		bool surrogate = c[0] == 0xed && c[1] > 0x9f;

		return continues(c[1]) && !overlong && !surrogate && continues(c[2]) ? 3 : 0;
	}
	if (c[0] >= 0xf0 && c[0] <= 0xf4) {
		bool overlong = c[0] == 0xf0 && c[1] < 0x90;
		bool too_large = c[0] == 0xf4 && c[1] > 0x8f;

		return continues(c[1]) && !overlong && !too_large && continues(c[2]) &&
		       continues(c[3]) ? 4 : 0;
	}
	return 0;
}

char *clean_utf8(const char *text)
{
	const unsigned char *from = (const unsigned char *)text;
	char *copy = malloc(strlen(text) * strlen(REPLACEMENT) + 1);
	char *to = copy;

	while (copy && *from) {
		size_t length = character_length(from);

		memcpy(to, length ? (const char *)from : REPLACEMENT, length ? length : 3);
		to += length ? length : 3;
		from += length ? length : 1;
	}
	if (copy)
		*to = '\0';
	return copy;
}
