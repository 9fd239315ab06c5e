#include "reports/json_text.h"

#include <stdlib.h>

#include "reports/clean.h"

static void print_character(unsigned char c, FILE *out)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", c);
	else if (c < ' ' || c == 0x7f)
		fprintf(out, "\\u%04x", c);
	else
		fputc(c, out);
}

int json_text(const char *text, FILE *out)
{
	char *clean = text ? clean_utf8(text) : NULL;

	if (!text)
		fputs("null", out);
	else if (clean)
		fputc('"', out);
	for (const char *c = clean; c && *c; c++)
		print_character((unsigned char)*c, out);
	if (clean)
		fputc('"', out);
	free(clean);
	return text && !clean ? -1 : 0;
}
