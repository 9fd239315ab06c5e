#include "analyzer/cursor.h"

#include <string.h>

#include "base/error.h"

int cursor_no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the store's rows");
}

void cursor_open(struct cursor *cursor, struct store *store, struct arena *arena, const char *sql,
		 struct error *err)
{
	*cursor = (struct cursor){ .store = store, .arena = arena, .err = err };
	cursor->result = store_prepare(store, &cursor->statement, sql, err);
}

bool cursor_next(struct cursor *cursor)
{
	if (cursor->result < 0)
		return false;
	cursor->result = store_step(cursor->store, cursor->statement, cursor->err);
	return cursor->result == 1;
}

int cursor_close(struct cursor *cursor)
{
	sqlite3_finalize(cursor->statement);
	return cursor->result < 0 ? cursor->result : 0;
}

void cursor_damaged(struct cursor *cursor, const char *table)
{
	cursor->result = error_set(cursor->err, ERROR_FORMAT, "the store's table %s is damaged", table);
}

uint64_t cursor_number(const struct cursor *cursor, int column)
{
	return (uint64_t)sqlite3_column_int64(cursor->statement, column);
}

uint64_t cursor_number_or_unknown(const struct cursor *cursor, int column)
{
	if (sqlite3_column_type(cursor->statement, column) == SQLITE_NULL)
		return UINT64_MAX;
	return cursor_number(cursor, column);
}

/* NULL stays NULL. */
const char *cursor_text(struct cursor *cursor, int column)
{
	const char *value = (const char *)sqlite3_column_text(cursor->statement, column);
	const char *copy = arena_strdup(cursor->arena, value);

	if (!copy && sqlite3_column_type(cursor->statement, column) != SQLITE_NULL)
		cursor->result = cursor_no_memory(cursor->err);
	return copy;
}

/* One number by itself, such as a count; 0 when there is no row. */
static int load_number(struct store *store, const char *sql, uint64_t *value, struct error *err)
{
	struct cursor cursor;

	*value = 0;
	cursor_open(&cursor, store, NULL, sql, err);
	if (cursor_next(&cursor))
		*value = cursor_number(&cursor, 0);
	return cursor_close(&cursor);
}

int cursor_make_rows(struct store *store, struct arena *arena, const char *count_sql, size_t size,
		     void *rows, size_t *room, struct error *err)
{
	uint64_t count;
	int result = load_number(store, count_sql, &count, err);

	*room = 0;
	if (result)
		return result;
	void *made = arena_alloc_array(arena, count + 1, size);

	if (!made)
		return cursor_no_memory(err);
	memcpy(rows, &made, sizeof made);
	*room = count;
	return 0;
}
