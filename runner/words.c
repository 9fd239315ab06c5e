#include "runner/words.h"

#include <string.h>

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Unescape in place from behind the opening quote; false when none closes it. */
static bool take_quoted(char **rest, struct word *word)
{
	char *from = *rest + 1, *to = *rest;

	word->text = to;
	word->quoted = true;
	while (*from && *from != '"') {
		if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from++;
	}
	if (!*from)
		return false;
	*rest = from + 1;
	*to = '\0';
	word->length = (size_t)(to - word->text);
	return true;
}

static void take_plain(char **rest, struct word *word)
{
	char *end = *rest;

	while (*end && !blank(*end))
		end++;
	word->text = *rest;
	word->length = (size_t)(end - *rest);
	word->quoted = false;
	*rest = *end ? end + 1 : end;
	*end = '\0';
}

enum words_result words_next(char **rest, struct word *word)
{
	while (blank(**rest))
		(*rest)++;
	if (**rest == '\0' || **rest == '#')
		return WORDS_END;
	if (**rest == '"')
		return take_quoted(rest, word) ? WORDS_WORD : WORDS_UNCLOSED;
	take_plain(rest, word);
	return WORDS_WORD;
}

bool word_is(const struct word *word, const char *text)
{
	return !word->quoted && strcmp(word->text, text) == 0;
}
