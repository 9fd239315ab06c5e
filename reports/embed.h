/*
 * embed: bytes made part of a text: compressed by gzip, written in base64.
 *
 * For data in a page, which can hold no byte that HTML could mistake for its
 * own.  pack.c writes through it.
 */
#ifndef DAGMEM_REPORTS_EMBED_H
#define DAGMEM_REPORTS_EMBED_H

#include <stddef.h>
#include <stdio.h>

#include "reports/gzip.h"

struct error;

struct embed {
	FILE *out, *packed;
	char *bytes;
	size_t length;
	struct gzip gzip;
};

/* Write to `out`, whose errors the caller looks for.  ERROR_NO_MEMORY. */
int embed_begin(struct embed *embed, FILE *out, struct error *err);
void embed_add(struct embed *embed, const void *bytes, size_t length);
/* Everything is written here.  ERROR_NO_MEMORY. */
int embed_end(struct embed *embed, struct error *err);

#endif
