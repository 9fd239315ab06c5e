/*
 * table: a small dictionary with string keys, as the callbacks engine has many.
 *
 * Its constructor allocates room for 8 entries, as dictionaries do.  Keys are
 * given to it.
 */
#ifndef BENCH_EVENTS_TABLE_H
#define BENCH_EVENTS_TABLE_H

#include <stddef.h>

struct entry {
	char *key;
	void *value;
};

struct table {
	size_t count, capacity;
	struct entry *entries;
};

struct table *table_new(void);

/* `free_value` may be NULL. */
void table_free(struct table *table, void (*free_value)(void *value));

/* NULL when there is none. */
void *table_get(const struct table *table, const char *key);

void table_put(struct table *table, char *key, void *value);

#endif
