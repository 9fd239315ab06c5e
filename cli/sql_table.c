#include "cli/sql_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/error.h"
#include "reports/clean.h"
#include "reports/csv.h"

enum { ROWS_FIRST = 64, COLUMN_WIDTH_MAX = 100 };

static const char *cell(const struct sql_table *table, size_t row, size_t column)
{
	return table->cells[row * table->columns + column];
}

static int grow(struct sql_table *table)
{
	size_t capacity = table->capacity ? table->capacity * 2 : ROWS_FIRST;
	const char **cells = arena_alloc_array(&table->arena, capacity * table->columns, sizeof *cells);

	if (!cells)
		return -1;
	if (table->rows)
		memcpy(cells, table->cells, table->rows * table->columns * sizeof *cells);
	table->cells = cells;
	table->capacity = capacity;
	return 0;
}

int sql_table_add(struct sql_table *table, size_t columns, const char *const *values)
{
	if (!table->columns)
		table->columns = columns;
	if (table->rows == table->capacity && grow(table) != 0)
		return -1;
	for (size_t i = 0; i < table->columns && i < columns; i++) {
		char *copy = arena_strdup(&table->arena, values[i]);

		if (values[i] && !copy)
			return -1;
		table->cells[table->rows * table->columns + i] = copy;
	}
	table->rows++;
	return 0;
}

void sql_table_clear(struct sql_table *table)
{
	arena_release(&table->arena);
	*table = (struct sql_table)SQL_TABLE_INIT;
}

/* --- Text ------------------------------------------------------------------- */

static bool is_number(const char *text)
{
	char *end;

	if (!text || !*text || strspn(text, "+-.0123456789eE") != strlen(text))
		return false;
	strtod(text, &end);
	return !*end;
}

/* Numbers stand at the right of their column. */
static bool is_numeric(const struct sql_table *table, size_t column)
{
	for (size_t row = 1; row < table->rows; row++)
		if (cell(table, row, column) && !is_number(cell(table, row, column)))
			return false;
	return table->rows > 1;
}

static size_t width(const struct sql_table *table, size_t column)
{
	size_t widest = 0;

	for (size_t row = 0; row < table->rows; row++) {
		const char *text = cell(table, row, column);
		size_t length = text ? strlen(text) : 0;

		if (length > widest)
			widest = length;
	}
	return widest < COLUMN_WIDTH_MAX ? widest : COLUMN_WIDTH_MAX;
}

static void pad(size_t columns, char with, FILE *out)
{
	while (columns--)
		fputc(with, out);
}

static void print_cell(const char *text, size_t columns, bool right, bool last, FILE *out)
{
	size_t length = text ? strlen(text) : 0;
	size_t rest = length < columns ? columns - length : 0;

	pad(right ? rest : 0, ' ', out);
	clean_print(text ? text : "", out);
	if (!last)
		pad((right ? 0 : rest) + 2, ' ', out);
}

struct layout { size_t width; bool right; };

static void print_row(const struct sql_table *table, size_t row, const struct layout *layout, FILE *out)
{
	for (size_t i = 0; i < table->columns; i++)
		print_cell(cell(table, row, i), layout[i].width, layout[i].right,
			   i + 1 == table->columns, out);
	fputc('\n', out);
}

static int print_text(const struct sql_table *table, FILE *out, struct error *err)
{
	struct layout *layout = calloc(table->columns, sizeof *layout);

	if (!layout)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	for (size_t i = 0; i < table->columns; i++)
		layout[i] = (struct layout){ width(table, i), is_numeric(table, i) };
	print_row(table, 0, layout, out);
	for (size_t i = 0; i < table->columns; i++) {
		pad(layout[i].width, '-', out);
		fputs(i + 1 == table->columns ? "\n" : "  ", out);
	}
	for (size_t row = 1; row < table->rows; row++)
		print_row(table, row, layout, out);
	free(layout);
	return 0;
}

/* --- CSV and JSON ------------------------------------------------------------ */

static void print_csv(const struct sql_table *table, FILE *out)
{
	for (size_t row = 0; row < table->rows; row++)
		for (size_t i = 0; i < table->columns; i++)
			csv_text(cell(table, row, i), i + 1 == table->columns ? '\n' : ',', out);
}

static json_t *json_value(const char *text)
{
	json_t *number = is_number(text) ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
	char *clean = text && !number ? clean_utf8(text) : NULL;
	json_t *result = number ? number : text ? (clean ? json_string(clean) : NULL) : json_null();

	free(clean);
	return result;
}

static int add_object(json_t *rows, const struct sql_table *table, size_t row)
{
	json_t *object = json_object();

	for (size_t i = 0; i < table->columns; i++)
		if (json_object_set_new(object, cell(table, 0, i), json_value(cell(table, row, i))) != 0) {
			json_decref(object);
			return -1;
		}
	return json_array_append_new(rows, object);
}

static int print_json(const struct sql_table *table, FILE *out, struct error *err)
{
	json_t *rows = json_array();
	int failed = rows ? 0 : -1;

	for (size_t row = 1; failed == 0 && row < table->rows; row++)
		failed = add_object(rows, table, row);
	if (failed == 0)
		failed = json_dumpf(rows, out, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
	json_decref(rows);
	fputc('\n', out);
	/* A failed write stays visible in the stream, where the caller looks. */
	return failed && !ferror(out) ? error_set(err, ERROR_NO_MEMORY, "out of memory") : 0;
}

int sql_table_print(const struct sql_table *table, enum sql_form form, FILE *out, struct error *err)
{
	if (!table->rows)
		return 0;
	if (form == SQL_JSON)
		return print_json(table, out, err);
	if (form == SQL_TEXT)
		return print_text(table, out, err);
	print_csv(table, out);
	return 0;
}
