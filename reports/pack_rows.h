/*
 * pack_rows: an array of structs as columns of a page, by a table of its fields.
 */
#ifndef DAGMEM_REPORTS_PACK_ROWS_H
#define DAGMEM_REPORTS_PACK_ROWS_H

#include <stddef.h>

#include "reports/pack.h"

enum pack_type { PACK_BOOL, PACK_U32, PACK_INT, PACK_U64, PACK_I64, PACK_REAL, PACK_TEXT };

struct pack_field {
	const char *name;       /* of the column; static */
	enum pack_type type;
	size_t offset;          /* in the struct */
	bool steady;            /* values are near those of the row before */
};

#define PACK_FIELD(prefix, type, of, field) { prefix #field, type, offsetof(of, field), false }
#define PACK_STEADY(prefix, type, of, field) { prefix #field, type, offsetof(of, field), true }

/* A struct view_frame within a struct: five columns. */
#define PACK_FRAME(prefix, of, frame)                                                 \
	{ prefix "function", PACK_TEXT, offsetof(of, frame.function), false },          \
	{ prefix "file", PACK_TEXT, offsetof(of, frame.file), false },                  \
	{ prefix "line", PACK_U32, offsetof(of, frame.line), false },                   \
	{ prefix "module", PACK_TEXT, offsetof(of, frame.module), false },              \
	{ prefix "offset", PACK_U64, offsetof(of, frame.module_offset), false }


/* `count` structs of `size_bytes` from `rows` on. */
void pack_rows(struct pack *pack, const void *rows, size_t count, size_t size_bytes,
	       const struct pack_field *fields, size_t field_count);

/* The same of an array by its own type and a whole table. */
#define PACK_ROWS(pack, rows, count, fields) \
	pack_rows(pack, rows, count, sizeof *(rows), fields, sizeof(fields) / sizeof(fields)[0])

#endif
