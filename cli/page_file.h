/*
 * page_file: the file that a page is written to.
 *
 * Under another name until it is whole, so that nobody ever opens half a page,
 * and never over a file that is there unless the user said so.
 */
#ifndef DAGMEM_CLI_PAGE_FILE_H
#define DAGMEM_CLI_PAGE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"

struct error;

struct page_file {
	FILE *stream;
	const char *path;       /* NULL: standard output */
	const char *temporary;
	bool force;
};

/* The name of a page on these profiles, in the current folder. */
const char *page_file_name(struct arena *arena, char *const *profiles, size_t count);

/* `path` "-" is standard output.  ERROR_USAGE: it is there, and not `force`; ERROR_SYSTEM. */
int page_file_open(struct page_file *file, struct arena *arena, const char *path, bool force,
		   struct error *err);

/* Put it in its place; `keep` false: throw it away.  ERROR_SYSTEM. */
int page_file_close(struct page_file *file, bool keep, struct error *err);

#endif
