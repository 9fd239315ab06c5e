/*
 * json_text: strings of JSON for forms that are written as they go.
 *
 * json.c makes a whole document with jansson first; call trees are too large
 * for that.
 */
#ifndef DAGMEM_REPORTS_JSON_TEXT_H
#define DAGMEM_REPORTS_JSON_TEXT_H

#include <stdio.h>

/* Write `text` as a JSON string in valid UTF-8, NULL as null. -1: no memory. */
int json_text(const char *text, FILE *out);

#endif
