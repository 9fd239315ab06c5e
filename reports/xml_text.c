#include "reports/xml_text.h"

#include <stdbool.h>
#include <string.h>

/* U+FFFE and U+FFFF are no characters of XML. */
static bool is_no_character(const char *text)
{
	return strncmp(text, "\xef\xbf\xbe", 3) == 0 || strncmp(text, "\xef\xbf\xbf", 3) == 0;
}

static void print_character(char c, FILE *out)
{
	switch (c) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\n':
		fputs("&#10;", out);
		break;
	default:
		fputc((unsigned char)c < ' ' ? '?' : c, out);
	}
}

void xml_print(const char *text, FILE *out)
{
	while (*text) {
		bool skipped = is_no_character(text);

		print_character(skipped ? '?' : *text, out);
		text += skipped ? 3 : 1;
	}
}
