/*
 * address_table: an address -> two numbers, for the few addresses that the
 * tracer knows more of than the shadow has room for: results, pools and their
 * blocks.
 *
 * Open addressing with linear probing; grows by doubling, removes by shifting
 * back.  Memory is never given back, so a table takes at most twice what it
 * once needed.  The caller has a lock.
 */
#ifndef DAGMEM_TRACER_ADDRESS_TABLE_H
#define DAGMEM_TRACER_ADDRESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address_entry {
	uintptr_t address;              /* 0: free */
	uint32_t index, extra;          /* the caller's */
};

struct address_table {
	struct address_entry *entries;
	size_t count, capacity;         /* a power of two, or 0 */
};

/* The entry of `address`, or NULL; valid until the next add or remove. */
struct address_entry *address_table_find(const struct address_table *table, uintptr_t address);

/* Add `entry`, whose address is not in the table and not 0. False: no memory. */
bool address_table_add(struct address_table *table, struct address_entry entry);

/* Remove an entry that find gave. */
void address_table_remove(struct address_table *table, struct address_entry *entry);

#endif
