/*
 * store: an SQLite database with the schema of schema.sql.
 *
 * Opens, creates and guards it; the only other files that speak SQL are
 * import.c, load.c and sql.c.  Statements are prepared once and bound by position.
 */
#ifndef DAGMEM_ANALYZER_STORE_H
#define DAGMEM_ANALYZER_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

struct error;

struct store {
	sqlite3 *db;            /* NULL: not open */
};

/* An empty store in the file `path`, or in memory for NULL.  To be closed also on failure. */
int store_create(struct store *store, const char *path, struct error *err);

/*
 * Open the store at `path` read-only.  ERROR_FORMAT: not a store of ours;
 * ERROR_VERSION: of a newer schema; ERROR_NOT_FOUND: of an older one, which is
 * not migrated but made again from the profile.
 */
int store_open(struct store *store, const char *path, struct error *err);

/* Open a store that store_open() takes, to add rows. */
int store_open_writable(struct store *store, const char *path, struct error *err);

/* Accepts one that is not open. */
void store_close(struct store *store);

/* Run statements that give no rows. */
int store_execute(struct store *store, const char *sql, struct error *err);

/* Prepare one statement; the caller gives it to sqlite3_finalize(). */
int store_prepare(struct store *store, sqlite3_stmt **statement, const char *sql,
		  struct error *err);

/* One more row?  1 yes, 0 no, negative: failed. */
int store_step(struct store *store, sqlite3_stmt *statement, struct error *err);

/* ERROR_SYSTEM with SQLite's own words. */
int store_failed(struct store *store, struct error *err);

/*
 * Rows for one table, value by value in the order of its columns:
 *
 *     struct store_rows rows;
 *     store_rows_open(&rows, store, "note", 3, err);
 *     store_number(&rows, 1); store_number(&rows, 0); store_text(&rows, "text");
 *     store_row(&rows);
 *     return store_rows_close(&rows);
 *
 * The first failure is kept, what follows does nothing, and close returns it.
 */
struct store_rows {
	struct store *store;
	struct error *err;
	sqlite3_stmt *statement;        /* NULL after a failure */
	int position;                   /* of the value bound last */
	int result;
};

void store_rows_open(struct store_rows *rows, struct store *store, const char *table, int columns,
		     struct error *err);
int store_rows_close(struct store_rows *rows);

void store_number(struct store_rows *rows, uint64_t number);
/* NULL: SQL's NULL.  The text must live until store_row(). */
void store_text(struct store_rows *rows, const char *text);
void store_null(struct store_rows *rows);
void store_number_or_null(struct store_rows *rows, uint64_t number, bool known);
/* The row is complete.  One whose key is there already is left out. */
void store_row(struct store_rows *rows);

#endif
