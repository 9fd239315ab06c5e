#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char empty[1];

void text_init(struct text *text)
{
	*text = (struct text){ .data = empty };
}

void text_release(struct text *text)
{
	if (text->capacity)
		free(text->data);
	text_init(text);
}

void text_clear(struct text *text)
{
	text->length = 0;
	if (text->capacity)
		text->data[0] = '\0';
}

void text_cut(struct text *text, size_t length)
{
	if (length < text->length) {
		text->length = length;
		text->data[length] = '\0';
	}
}

bool text_failed(const struct text *text)
{
	return text->failed;
}

/* Room for `more` bytes and the final NUL. */
static bool reserve(struct text *text, size_t more)
{
	size_t needed = text->length + more + 1;

	if (text->failed)
		return false;
	if (needed <= text->capacity)
		return true;
	size_t capacity = needed < 64 ? 64 : needed + needed / 2;
	char *data = realloc(text->capacity ? text->data : NULL, capacity);

	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->capacity = capacity;
	return true;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	if (!reserve(text, length))
		return;
	memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_add_char(struct text *text, char c)
{
	text_add_bytes(text, &c, 1);
}

void text_add_shell_word(struct text *text, const char *word)
{
	static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+=:,./-";

	if (*word && !word[strspn(word, PLAIN)]) {
		text_add(text, word);
		return;
	}
	text_add_char(text, '\'');
	for (; *word; word++)
		if (*word == '\'')
			text_add(text, "'\\''");
		else
			text_add_char(text, *word);
	text_add_char(text, '\'');
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text->failed |= length < 0;
	if (length < 0 || !reserve(text, (size_t)length))
		return;
	va_start(args, format);
	vsnprintf(text->data + text->length, (size_t)length + 1, format, args);
	va_end(args);
	text->length += (size_t)length;
}
