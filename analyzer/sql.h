/*
 * sql: read-only questions to a profile's store, for `dagmem sql`.
 *
 * docs/SCHEMA.md has the tables and views.  SQLite itself stays behind this
 * header.
 */
#ifndef DAGMEM_ANALYZER_SQL_H
#define DAGMEM_ANALYZER_SQL_H

struct dataset;
struct error;

/*
 * Called for every row, once with `values` NULL before the first one.  Text as
 * UTF-8, NULL for SQL's NULL; lives until it returns.  Not 0: stop.
 */
typedef int sql_row(void *context, int columns, const char *const *names, const char *const *values);

/*
 * Run the statements in `query`, one after the other.  Whatever would change
 * the store or open another is refused.  ERROR_USAGE: SQLite does not
 * understand it.  ERROR_CANCELLED: `row` said stop.
 */
int sql_run(struct dataset *data, const char *query, sql_row *row, void *context, struct error *err);

#endif
