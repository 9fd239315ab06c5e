/*
 * sql_table: the rows of a query, kept until they can be printed: as a table
 * whose columns are as wide as their contents, as CSV, or as JSON.
 */
#ifndef DAGMEM_CLI_SQL_TABLE_H
#define DAGMEM_CLI_SQL_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

struct error;

enum sql_form { SQL_TEXT, SQL_CSV, SQL_JSON };

struct sql_table {
	struct arena arena;
	const char **cells;             /* [row * columns + column], the first row is the names */
	size_t columns, rows, capacity;
};

#define SQL_TABLE_INIT { ARENA_INIT, NULL, 0, 0, 0 }

/*
 * Add a row of `columns` texts, NULL among them for SQL's NULL.  The first
 * since the start or a clear decides how many columns there are.  -1: no memory.
 */
int sql_table_add(struct sql_table *table, size_t columns, const char *const *values);

/* JSON: an array of objects; a value that reads as a number is one.  Prints nothing when empty. */
int sql_table_print(const struct sql_table *table, enum sql_form form, FILE *out, struct error *err);

/* Forget the rows. */
void sql_table_clear(struct sql_table *table);

#endif
