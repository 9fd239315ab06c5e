#include "analyzer/sql.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/dataset.h"
#include "analyzer/store.h"
#include "base/error.h"

/* PRAGMAs with an argument set something, but for those that describe a table. */
static bool is_question(const char *pragma, const char *argument)
{
	return !argument || strcmp(pragma, "table_info") == 0 || strcmp(pragma, "table_xinfo") == 0;
}

/* Nothing that writes, opens another file, or loads code. */
static int authorize(void *context, int action, const char *first, const char *second,
		     const char *database, const char *trigger)
{
	(void)context;
	(void)database;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_FUNCTION:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_PRAGMA:
		return is_question(first, second) ? SQLITE_OK : SQLITE_DENY;
	default:
		return SQLITE_DENY;
	}
}

struct row_buffer {
	const char **names, **values;
};

/* A value that is no NULL, and for whose text there is no memory. */
static bool is_lost(sqlite3_stmt *statement, int column, const char *text)
{
	return !text && sqlite3_column_type(statement, column) != SQLITE_NULL;
}

static int give_row(struct store *store, sqlite3_stmt *statement, int columns, struct row_buffer *row,
		    sql_row *give, void *context, struct error *err)
{
	for (int i = 0; i < columns; i++) {
		row->values[i] = (const char *)sqlite3_column_text(statement, i);
		if (is_lost(statement, i, row->values[i]))
			return store_failed(store, err);
	}
	return give(context, columns, row->names, row->values) ?
		error_set(err, ERROR_CANCELLED, "stopped") : 0;
}

static int give_names(struct store *store, sqlite3_stmt *statement, int columns,
		      struct row_buffer *row, sql_row *give, void *context, struct error *err)
{
	for (int i = 0; i < columns; i++) {
		row->names[i] = sqlite3_column_name(statement, i);
		if (!row->names[i])
			return store_failed(store, err);
	}
	return give(context, columns, row->names, NULL) ?
		error_set(err, ERROR_CANCELLED, "stopped") : 0;
}

static int give_rows(struct store *store, sqlite3_stmt *statement, int columns,
		     struct row_buffer *row, sql_row *give, void *context, struct error *err)
{
	int more = 0;

	if (give_names(store, statement, columns, row, give, context, err))
		return err->code;
	while ((more = store_step(store, statement, err)) == 1)
		if (give_row(store, statement, columns, row, give, context, err))
			return err->code;
	return more;
}

static int run_statement(struct store *store, sqlite3_stmt *statement, sql_row *give, void *context,
			 struct error *err)
{
	int columns = sqlite3_column_count(statement);
	struct row_buffer row = {
		calloc((size_t)columns + 1, sizeof *row.names),
		calloc((size_t)columns + 1, sizeof *row.values),
	};
	int status;

	if (row.names && row.values)
		status = give_rows(store, statement, columns, &row, give, context, err);
	else
		status = error_set(err, ERROR_NO_MEMORY, "no memory for a row");
	free(row.names);
	free(row.values);
	return status;
}

/* A mistake in the query is its author's, all else is not. */
static int not_prepared(struct store *store, struct error *err)
{
	int code = sqlite3_errcode(store->db);

	if (code == SQLITE_ERROR || code == SQLITE_AUTH)
		return error_set(err, ERROR_USAGE, "%s", sqlite3_errmsg(store->db));
	return store_failed(store, err);
}

static int run_all(struct store *store, const char *query, sql_row *give, void *context,
		   struct error *err)
{
	int status = 0;

	while (!status && *query) {
		sqlite3_stmt *statement = NULL;

		if (sqlite3_prepare_v2(store->db, query, -1, &statement, &query) != SQLITE_OK)
			return not_prepared(store, err);
		if (statement)          /* else: only space or a comment */
			status = run_statement(store, statement, give, context, err);
		sqlite3_finalize(statement);
	}
	return status;
}

int sql_run(struct dataset *data, const char *query, sql_row *row, void *context, struct error *err)
{
	struct store *store = dataset_store(data);

	if (store_execute(store, "PRAGMA query_only = ON", err))
		return err->code;
	sqlite3_set_authorizer(store->db, authorize, NULL);
	int status = run_all(store, query, row, context, err);

	sqlite3_set_authorizer(store->db, NULL, NULL);
	return status;
}
