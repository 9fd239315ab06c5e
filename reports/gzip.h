/*
 * gzip: a compressed stream in front of a FILE.
 *
 * The same bytes give the same file: no name, no time.
 */
#ifndef DAGMEM_REPORTS_GZIP_H
#define DAGMEM_REPORTS_GZIP_H

#include <stddef.h>
#include <stdio.h>

#include <zlib.h>

struct gzip {
	z_stream stream;
	FILE *out;
};

/* -1: no memory. */
int gzip_open(struct gzip *gzip, FILE *out);
void gzip_write(struct gzip *gzip, const void *bytes, size_t length);

/* What could not be written shows in the FILE. */
void gzip_close(struct gzip *gzip);

#endif
