/*
 * clean: text from profiles and source files, made harmless for the reader's
 * terminal and for formats that insist on UTF-8.
 */
#ifndef DAGMEM_REPORTS_CLEAN_H
#define DAGMEM_REPORTS_CLEAN_H

#include <stddef.h>
#include <stdio.h>

/* Write `text` with control characters (tabs excepted) as '?'. */
void clean_print(const char *text, FILE *out);
void clean_print_bytes(const char *text, size_t length, FILE *out);

/*
 * The bytes at the start of `text`, of `length` bytes in UTF-8, that are at
 * most `characters` characters.
 */
size_t clean_prefix(const char *text, size_t length, size_t characters);

/*
 * A copy of `text` in which every byte that is not part of valid UTF-8 (RFC
 * 3629) is U+FFFD.  The caller frees it; NULL when there is no memory.
 */
char *clean_utf8(const char *text);

#endif
