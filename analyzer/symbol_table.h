/*
 * symbol_table: which function stands at an address, by ELF symbols.
 *
 * Sorted once, then binary search: libdwfl's own lookup goes through the whole
 * table for every address.  Only symbols_elfutils.c calls it.
 */
#ifndef DAGMEM_ANALYZER_SYMBOL_TABLE_H
#define DAGMEM_ANALYZER_SYMBOL_TABLE_H

#include <elfutils/libdwfl.h>

struct symbol_table;

/* NULL: no memory. `module` must outlive it; its addresses are those of libdwfl. */
struct symbol_table *symbol_table_new(Dwfl_Module *module);
void symbol_table_free(struct symbol_table *table);

/* The linker's name of the function at `address`, or NULL. */
const char *symbol_table_find(const struct symbol_table *table, GElf_Addr address);

size_t symbol_table_count(const struct symbol_table *table);

#endif
