#include "tracer/address_table.h"

#include "tracer/memory.h"

enum { FIRST_CAPACITY = 1024 };

static size_t home(const struct address_table *table, uintptr_t address)
{
	return (size_t)((uint64_t)address * UINT64_C(0x9e3779b97f4a7c15) >> 32) &
	       (table->capacity - 1);
}

static size_t next(const struct address_table *table, size_t at)
{
	return (at + 1) & (table->capacity - 1);
}

struct address_entry *address_table_find(const struct address_table *table, uintptr_t address)
{
	if (!table->capacity)
		return NULL;
	for (size_t at = home(table, address); table->entries[at].address; at = next(table, at))
		if (table->entries[at].address == address)
			return &table->entries[at];
	return NULL;
}

static void insert(struct address_table *table, struct address_entry entry)
{
	size_t at = home(table, entry.address);

	while (table->entries[at].address)
		at = next(table, at);
	table->entries[at] = entry;
	table->count++;
}

static bool grow(struct address_table *table)
{
	struct address_table larger = {
		.capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY,
	};

	larger.entries = memory_reserve(larger.capacity * sizeof *larger.entries);
	if (!larger.entries)
		return false;
	for (size_t i = 0; i < table->capacity; i++)
		if (table->entries[i].address)
			insert(&larger, table->entries[i]);
	*table = larger;
	return true;
}

bool address_table_add(struct address_table *table, struct address_entry entry)
{
	if (table->count * 2 >= table->capacity && !grow(table) &&
	    table->count + 1 >= table->capacity)
		return false;
	insert(table, entry);
	return true;
}

/* Whether what is at `at` and belongs to `wanted` may move to the hole before it. */
static bool may_fill(const struct address_table *table, size_t hole, size_t at)
{
	size_t wanted = home(table, table->entries[at].address);

	return hole <= at ? wanted <= hole || wanted > at : wanted <= hole && wanted > at;
}

void address_table_remove(struct address_table *table, struct address_entry *entry)
{
	size_t hole = (size_t)(entry - table->entries);

	for (size_t at = next(table, hole); table->entries[at].address; at = next(table, at)) {
		if (!may_fill(table, hole, at))
			continue;
		table->entries[hole] = table->entries[at];
		hole = at;
	}
	table->entries[hole] = (struct address_entry){ 0, 0, 0 };
	table->count--;
}
