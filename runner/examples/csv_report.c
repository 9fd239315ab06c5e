/*
 * csv_report: a small pipeline on libdagrun.
 *
 *     orders.csv -> read_orders -> convert --+
 *                                            +-> join -> totals -> write
 *     customers.csv -> read_customers -------+
 *
 * Reads two tables, turns the amounts into cents, joins them by customer, adds
 * up by country and prints "country,cents".  Each table is freed as soon as
 * the last step that reads it has ended; `convert` changes its table in place
 * when nobody else needs it.
 *
 *     csv_report orders.csv customers.csv [POLICY]
 *
 * orders.csv: customer,amount    customers.csv: customer,country
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dagrun.h"

enum { FIELD_BYTES = 24 };

struct row {
	char key[FIELD_BYTES], text[FIELD_BYTES];
	long cents;
};

struct table {
	size_t count, capacity;
	struct row *rows;
};

static struct table *table_new(void)
{
	return calloc(1, sizeof(struct table));
}

static void table_free(struct table *table)
{
	free(table->rows);
	free(table);
}

static struct row *table_add(struct table *table)
{
	if (table->count == table->capacity) {
		size_t capacity = table->capacity ? table->capacity * 2 : 64;
		struct row *rows = reallocarray(table->rows, capacity, sizeof *rows);

		if (!rows)
			return NULL;
		table->rows = rows;
		table->capacity = capacity;
	}
	memset(&table->rows[table->count], 0, sizeof *table->rows);
	return &table->rows[table->count++];
}

/* The row of this key, or NULL. */
static struct row *table_find(const struct table *table, const char *key)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->rows[i].key, key) == 0)
			return &table->rows[i];
	return NULL;
}

/* --- The steps: inputs in, result out ---------------------------------------------- */

static int finish(struct dagrun_call *call, struct table *table)
{
	call->result.data = table;
	call->result.bytes = sizeof *table + table->capacity * sizeof *table->rows;
	return 0;
}

static int fail(struct dagrun_call *call, struct table *table, const char *why)
{
	snprintf(call->message, call->message_size, "%s", why);
	if (table)
		table_free(table);
	return -1;
}

static const struct table *input(const struct dagrun_call *call, size_t index)
{
	return call->inputs[index].data;
}

/* The context is the file's name; the first line is a heading. */
static int read_csv(struct dagrun_call *call)
{
	struct table *table = table_new();
	FILE *file = fopen(call->context, "r");
	char line[256];

	if (!table || !file) {
		if (file)
			fclose(file);
		return fail(call, table, "the file can't be read");
	}
	while (fgets(line, sizeof line, file)) {
		struct row *row = table_add(table);

		if (!row || sscanf(line, "%23[^,],%23[^\n]", row->key, row->text) != 2) {
			fclose(file);
			return fail(call, table, "a line is not 'key,value'");
		}
	}
	fclose(file);
	if (table->count)
		memmove(table->rows, table->rows + 1, --table->count * sizeof *table->rows);
	return finish(call, table);
}

static struct table *copy(const struct table *from)
{
	struct table *to = table_new();

	if (!to)
		return NULL;
	to->rows = calloc(from->count ? from->count : 1, sizeof *to->rows);
	if (!to->rows) {
		free(to);
		return NULL;
	}
	memcpy(to->rows, from->rows, from->count * sizeof *to->rows);
	to->count = to->capacity = from->count;
	return to;
}

/* In place when nobody else will read the orders. */
static int convert(struct dagrun_call *call)
{
	struct table *table = call->donated == 0 ? call->inputs[0].data : copy(input(call, 0));

	if (!table)
		return fail(call, NULL, "no memory");
	for (size_t i = 0; i < table->count; i++)
		table->rows[i].cents = (long)(strtod(table->rows[i].text, NULL) * 100 + 0.5);
	call->taken = call->donated == 0;
	return finish(call, table);
}

/* Orders with their customer's country instead of the customer. */
static int join(struct dagrun_call *call)
{
	const struct table *orders = input(call, 0), *customers = input(call, 1);
	struct table *joined = table_new();

	for (size_t i = 0; joined && i < orders->count; i++) {
		const struct row *customer = table_find(customers, orders->rows[i].key);
		struct row *row = customer ? table_add(joined) : NULL;

		if (!row)
			return fail(call, joined, customer ? "no memory" : "an order of an unknown customer");
		memcpy(row->key, customer->text, sizeof row->key);
		row->cents = orders->rows[i].cents;
	}
	return joined ? finish(call, joined) : fail(call, NULL, "no memory");
}

static int add_up(struct dagrun_call *call)
{
	const struct table *joined = input(call, 0);
	struct table *totals = table_new();

	for (size_t i = 0; totals && i < joined->count; i++) {
		struct row *row = table_find(totals, joined->rows[i].key);

		if (!row && (row = table_add(totals)))
			memcpy(row->key, joined->rows[i].key, sizeof row->key);
		if (!row)
			return fail(call, totals, "no memory");
		row->cents += joined->rows[i].cents;
	}
	return totals ? finish(call, totals) : fail(call, NULL, "no memory");
}

static int write_csv(struct dagrun_call *call)
{
	const struct table *totals = input(call, 0);

	puts("country,cents");
	for (size_t i = 0; i < totals->count; i++)
		printf("%s,%ld\n", totals->rows[i].key, totals->rows[i].cents);
	return 0;
}

static void drop(struct dagrun_value value, void *context)
{
	(void)context;
	if (value.data)
		table_free(value.data);
}

/* --- The graph ------------------------------------------------------------------------ */

#define DEPS(...) (const char *const[]){ __VA_ARGS__, NULL }

static int build(struct dagrun_graph *graph, char *orders, char *customers, struct dagrun_error *error)
{
	const struct dagrun_node nodes[] = {
		{ .name = "read_orders", .run = read_csv, .context = orders },
		{ .name = "read_customers", .run = read_csv, .context = customers },
		{ .name = "convert", .run = convert, .deps = DEPS("read_orders"), .flags = DAGRUN_IN_PLACE },
		{ .name = "join", .run = join, .deps = DEPS("convert", "read_customers") },
		{ .name = "totals", .run = add_up, .deps = DEPS("join") },
		{ .name = "write", .run = write_csv, .deps = DEPS("totals") },
	};

	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
		struct dagrun_node node = nodes[i];

		node.destroy = drop;
		if (dagrun_add(graph, &node, error) != 0)
			return error->code;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct dagrun_options options = { .policy = argc > 3 ? argv[3] : "donate", .workers = 2 };
	struct dagrun_graph *graph = dagrun_graph_new();
	struct dagrun_error error = { 0 };
	struct dagrun_value written;
	struct dagrun_stats stats;

	if (argc < 3 || !graph) {
		fprintf(stderr, "usage: csv_report orders.csv customers.csv [POLICY]\n");
		dagrun_graph_free(graph);
		return 2;
	}
	int code = build(graph, argv[1], argv[2], &error);
	if (code == 0)
		code = dagrun_run(graph, &options, &written, &error);
	if (code == 0) {
		dagrun_destroy(graph, "write", written);
		dagrun_stats(graph, &stats);
		fprintf(stderr, "%s: at most %llu bytes of tables at a time\n", options.policy,
			(unsigned long long)stats.peak_bytes);
	} else {
		fprintf(stderr, "csv_report: %s\n", error.message);
	}
	dagrun_graph_free(graph);
	return code != 0;
}
