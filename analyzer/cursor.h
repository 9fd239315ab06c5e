/*
 * cursor: what one SELECT gives, row after row, into an arena.
 *
 *     cursor_open(&cursor, store, arena, "SELECT a, b FROM c", err);
 *     while (cursor_next(&cursor))
 *             ... cursor_number(&cursor, 0), cursor_text(&cursor, 1) ...
 *     return cursor_close(&cursor);
 *
 * The first failure ends the rows, and close returns it.  load.c and
 * load_frames.c read the store with it.
 */
#ifndef DAGMEM_ANALYZER_CURSOR_H
#define DAGMEM_ANALYZER_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/store.h"
#include "base/arena.h"

struct cursor {
	struct store *store;
	struct arena *arena;
	sqlite3_stmt *statement;        /* NULL after a failure to prepare */
	struct error *err;
	int result;                     /* 1: a row is there; 0: none; negative: failed */
};

/* `arena` may be NULL when no texts are read. */
void cursor_open(struct cursor *cursor, struct store *store, struct arena *arena, const char *sql,
		 struct error *err);
bool cursor_next(struct cursor *cursor);
int cursor_close(struct cursor *cursor);

/* SQL's NULL is 0, or UINT64_MAX. */
uint64_t cursor_number(const struct cursor *cursor, int column);
uint64_t cursor_number_or_unknown(const struct cursor *cursor, int column);

/* A copy; NULL stays NULL. */
const char *cursor_text(struct cursor *cursor, int column);

/* The row makes no sense: ERROR_FORMAT. */
void cursor_damaged(struct cursor *cursor, const char *table);

/* Without memory for what was read. */
int cursor_no_memory(struct error *err);

/*
 * Set the pointer that `rows` points to, to zeroed room in `arena` for as many
 * rows of `size` bytes as the query counts, and one more.
 */
int cursor_make_rows(struct store *store, struct arena *arena, const char *count_sql, size_t size,
		     void *rows, size_t *room, struct error *err);

#endif
