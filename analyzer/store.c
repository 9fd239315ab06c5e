#include "analyzer/store.h"

#include <stddef.h>

#include "analyzer/schema.h"
#include "base/error.h"
#include "base/text.h"

int store_failed(struct store *store, struct error *err)
{
	if (!store->db || sqlite3_errcode(store->db) == SQLITE_NOMEM)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the store");
	return error_set(err, ERROR_SYSTEM, "the store: %s", sqlite3_errmsg(store->db));
}

int store_execute(struct store *store, const char *sql, struct error *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_failed(store, err);
	return 0;
}

/*
 * No journal and no waiting for the disk: a store that could not be finished
 * is thrown away and made again from the profile.
 */
static int write_schema(struct store *store, struct error *err)
{
	char identity[96];

	sqlite3_snprintf(sizeof identity, identity,
			 "PRAGMA application_id = %d; PRAGMA user_version = %d;",
			 SCHEMA_APPLICATION_ID, SCHEMA_VERSION);
	if (store_execute(store, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;", err) ||
	    store_execute(store, identity, err) ||
	    store_execute(store, schema_sql, err))
		return err->code;
	return 0;
}

int store_create(struct store *store, const char *path, struct error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

	if (sqlite3_open_v2(path ? path : ":memory:", &store->db, flags, NULL) != SQLITE_OK)
		return store_failed(store, err);
	return write_schema(store, err);
}

/* The value of a PRAGMA that gives one number; -1: it could not be asked. */
static int pragma(struct store *store, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int value = -1;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		value = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

static int open_as(struct store *store, const char *path, int flags, struct error *err)
{
	if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK)
		return store_failed(store, err);
	if (pragma(store, "PRAGMA application_id") != SCHEMA_APPLICATION_ID)
		return error_set(err, ERROR_FORMAT, "%s: not a dagmem store", path);
	int version = pragma(store, "PRAGMA user_version");

	if (version > SCHEMA_VERSION)
		return error_set(err, ERROR_VERSION, "%s: a store of schema %d, newer than %d", path,
				 version, SCHEMA_VERSION);
	if (version < SCHEMA_VERSION)
		return error_set(err, ERROR_NOT_FOUND, "%s: a store of the old schema %d", path, version);
	return 0;
}

int store_open(struct store *store, const char *path, struct error *err)
{
	return open_as(store, path, SQLITE_OPEN_READONLY, err);
}

int store_open_writable(struct store *store, const char *path, struct error *err)
{
	return open_as(store, path, SQLITE_OPEN_READWRITE, err);
}

void store_close(struct store *store)
{
	sqlite3_close(store->db);
	store->db = NULL;
}

int store_prepare(struct store *store, sqlite3_stmt **statement, const char *sql,
		  struct error *err)
{
	if (sqlite3_prepare_v2(store->db, sql, -1, statement, NULL) != SQLITE_OK)
		return store_failed(store, err);
	return 0;
}

int store_step(struct store *store, sqlite3_stmt *statement, struct error *err)
{
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return store_failed(store, err);
	}
}

void store_rows_open(struct store_rows *rows, struct store *store, const char *table, int columns,
		     struct error *err)
{
	struct text sql;

	*rows = (struct store_rows){ .store = store, .err = err };
	text_init(&sql);
	text_printf(&sql, "INSERT OR IGNORE INTO %s VALUES (?", table);
	for (int i = 1; i < columns; i++)
		text_add(&sql, ", ?");
	text_add(&sql, ")");
	if (text_failed(&sql))
		rows->result = error_set(err, ERROR_NO_MEMORY, "no memory for the store");
	else
		rows->result = store_prepare(store, &rows->statement, sql.data, err);
	text_release(&sql);
}

int store_rows_close(struct store_rows *rows)
{
	sqlite3_finalize(rows->statement);
	return rows->result;
}

static void keep_failure(struct store_rows *rows, int code)
{
	if (code == SQLITE_OK || code == SQLITE_DONE || rows->result)
		return;
	rows->result = store_failed(rows->store, rows->err);
	sqlite3_finalize(rows->statement);
	rows->statement = NULL;
}

void store_number(struct store_rows *rows, uint64_t number)
{
	if (rows->statement)
		keep_failure(rows, sqlite3_bind_int64(rows->statement, ++rows->position,
						      (sqlite3_int64)number));
}

void store_text(struct store_rows *rows, const char *text)
{
	if (rows->statement)
		keep_failure(rows, sqlite3_bind_text(rows->statement, ++rows->position, text, -1,
						     SQLITE_STATIC));
}

void store_null(struct store_rows *rows)
{
	store_text(rows, NULL);
}

void store_number_or_null(struct store_rows *rows, uint64_t number, bool known)
{
	if (known)
		store_number(rows, number);
	else
		store_null(rows);
}

void store_row(struct store_rows *rows)
{
	if (!rows->statement)
		return;
	rows->position = 0;
	keep_failure(rows, sqlite3_step(rows->statement));
	if (rows->statement)
		sqlite3_reset(rows->statement);
}
