/*
 * pack: a page's data on one profile: a JSON document, columns of numbers, and
 * the texts that they name.
 *
 *     "DGMR"  u32 length  JSON of that length  columns
 *
 * little-endian, then gzip and base64.  In the JSON "texts" is an array and
 * "columns" an object: name -> [kind, first byte after the JSON, bytes, count].
 * Each number is a LEB128: of kind "u" as it is, of kind "s" zigzag of a signed
 * one, of kind "d" zigzag of the difference from the one before; of kind "f" it
 * is a double of 8 bytes.  2^64 - 1 is "not known".  Texts are named by their
 * index plus 1; 0 is none.  reports/page/data.js reads it,
 * tests/e2e/page_data.py, too.
 */
#ifndef DAGMEM_REPORTS_PACK_H
#define DAGMEM_REPORTS_PACK_H

#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/intern.h"
#include "base/text.h"

struct error;

enum pack_kind { PACK_UNSIGNED, PACK_SIGNED, PACK_DELTA, PACK_DOUBLE };

struct pack {
	struct arena arena;
	struct intern texts;
	struct text parts;              /* ,"name":JSON ... */
	struct text directory;          /* "name":[...],... */
	struct text bytes;              /* all columns */
	struct {
		const char *name;       /* NULL: none begun */
		enum pack_kind kind;
		size_t first, count;
		uint64_t before;
	} column;
	bool failed;
};

/* Every function remembers a lack of memory for pack_write(). */
void pack_init(struct pack *pack);
void pack_release(struct pack *pack);

/* A member of the document: `json` is one whole value. */
void pack_part(struct pack *pack, const char *name, const char *json);

/* Begin a column, and end the one before; `name` must outlive it. */
void pack_column(struct pack *pack, const char *name, enum pack_kind kind);
void pack_number(struct pack *pack, uint64_t value);
void pack_real(struct pack *pack, double value);

/* The number of a text; 0 for NULL.  What is not UTF-8 in it becomes U+FFFD. */
uint64_t pack_text(struct pack *pack, const char *text);

/* All of it as base64.  ERROR_NO_MEMORY. */
int pack_write(struct pack *pack, FILE *out, struct error *err);

#endif
