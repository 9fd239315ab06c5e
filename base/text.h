/*
 * text: a string that grows while it is put together.
 *
 * Running out of memory is remembered instead of reported at every step: the
 * text then stays as it was and text_failed() says so once, at the end.
 */
#ifndef DAGMEM_BASE_TEXT_H
#define DAGMEM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data;             /* NUL-terminated; "" of static storage until something is added */
	size_t length;
	size_t capacity;        /* 0: `data` is not ours to free */
	bool failed;
};

void text_init(struct text *text);
void text_release(struct text *text);

/* Back to empty; keeps the memory, and remembers a failure: a loop asks once, after its end. */
void text_clear(struct text *text);

/* Shorten it to its first `length` bytes, of which it has as many. */
void text_cut(struct text *text, size_t length);

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_char(struct text *text, char c);
/* As one word of a shell command: quoted when it needs to be. */
void text_add_shell_word(struct text *text, const char *word);

void text_printf(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* True when memory ran out, or a format could not be printed, at any step since the last init or release. */
bool text_failed(const struct text *text);

#endif
