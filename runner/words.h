/*
 * words: splits a line of the text format.
 *
 * A word is a run of characters without blanks, or anything between double
 * quotes, where \" and \\ stand for the characters themselves.  `#` at the
 * start of a word begins a comment.  Called by parse_text.
 */
#ifndef DAGMEM_RUNNER_WORDS_H
#define DAGMEM_RUNNER_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct word {
	char *text;             /* NUL-terminated, in the line itself */
	size_t length;
	bool quoted;            /* a quoted word is never a keyword */
};

enum words_result { WORDS_END, WORDS_WORD, WORDS_UNCLOSED };

/* Take the next word off the NUL-terminated line at `*rest`, which is written to. */
enum words_result words_next(char **rest, struct word *word);

/* An unquoted word of exactly this text. */
bool word_is(const struct word *word, const char *text);

#endif
