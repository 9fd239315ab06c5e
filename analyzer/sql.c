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

static int give_row(sqlite3_stmt *statement, int columns, struct row_buffer *row, sql_row *give,
		    void *context)
{
	for (int i = 0; i < columns; i++)
		row->values[i] = (const char *)sqlite3_column_text(statement, i);
	return give(context, columns, row->names, row->values);
}

static int give_rows(struct store *store, sqlite3_stmt *statement, int columns,
		     struct row_buffer *row, sql_row *give, void *context, struct error *err)
{
	int more = 0;

	for (int i = 0; i < columns; i++)
		row->names[i] = sqlite3_column_name(statement, i);
	if (give(context, columns, row->names, NULL))
		return error_set(err, ERROR_CANCELLED, "stopped");
	while ((more = store_step(store, statement, err)) == 1)
		if (give_row(statement, columns, row, give, context))
			return error_set(err, ERROR_CANCELLED, "stopped");
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

static int run_all(struct store *store, const char *query, sql_row *give, void *context,
		   struct error *err)
{
	int status = 0;

	while (!status && *query) {
		sqlite3_stmt *statement = NULL;

		if (sqlite3_prepare_v2(store->db, query, -1, &statement, &query) != SQLITE_OK)
			return error_set(err, ERROR_USAGE, "%s", sqlite3_errmsg(store->db));
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
