#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "engine.h"

enum { ENTRIES = 8 };

struct table *table_new(void)
{
	struct table *table = xmalloc(sizeof *table);

	table->count = 0;
	table->capacity = ENTRIES;
	table->entries = xmalloc(ENTRIES * sizeof *table->entries);
	return table;
}

void table_free(struct table *table, void (*free_value)(void *value))
{
	for (size_t i = 0; i < table->count; i++) {
		free(table->entries[i].key);
		if (free_value)
			free_value(table->entries[i].value);
	}
	free(table->entries);
	free(table);
}

void *table_get(const struct table *table, const char *key)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->entries[i].key, key) == 0)
			return table->entries[i].value;
	return NULL;
}

void table_put(struct table *table, char *key, void *value)
{
	if (table->count == table->capacity) {
		table->capacity *= 2;
		table->entries = realloc(table->entries, table->capacity * sizeof *table->entries);
		if (!table->entries)
			abort();
	}
	table->entries[table->count++] = (struct entry){ key, value };
}
