#include "analyzer/symbol_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct symbol {
	GElf_Addr start, end;
	const char *name;
	int rank;               /* among names of one address, the least is shown */
};

struct symbol_table {
	struct symbol *symbols;
	size_t count;
};

/* Typed before untyped, global before weak before local, plain names before __internal ones. */
static int rank_of(const GElf_Sym *symbol, const char *name)
{
	int binding = GELF_ST_BIND(symbol->st_info);
	int rank = GELF_ST_TYPE(symbol->st_info) == STT_NOTYPE ? 8 : 0;

	rank += binding == STB_GLOBAL ? 0 : binding == STB_WEAK ? 2 : 4;
	return rank + (name[0] == '_' && name[1] == '_');
}

static bool is_function(const GElf_Sym *symbol, const char *name)
{
	int type = GELF_ST_TYPE(symbol->st_info);

	/* "$x", "$d": marks of Arm's assemblers. */
	return symbol->st_shndx != SHN_UNDEF && name && name[0] && name[0] != '$' &&
	       (type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE);
}

static int compare_symbols(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* One name an address; what has no size (assembler) reaches to the next. */
static void settle(struct symbol_table *table)
{
	size_t kept = 0;

	for (size_t i = 0; i < table->count; i++)
		if (!kept || table->symbols[kept - 1].start != table->symbols[i].start)
			table->symbols[kept++] = table->symbols[i];
	table->count = kept;
	for (size_t i = 0; i + 1 < kept; i++)
		if (table->symbols[i].end == table->symbols[i].start)
			table->symbols[i].end = table->symbols[i + 1].start;
}

static void read_symbols(struct symbol_table *table, Dwfl_Module *module, int count)
{
	for (int i = 1; i < count; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		const char *name = dwfl_module_getsym_info(module, i, &symbol, &address, NULL, NULL,
							   NULL);

		if (is_function(&symbol, name))
			table->symbols[table->count++] = (struct symbol){
				address, address + symbol.st_size, name, rank_of(&symbol, name)
			};
	}
}

struct symbol_table *symbol_table_new(Dwfl_Module *module)
{
	int count = dwfl_module_getsymtab(module);
	struct symbol_table *table = calloc(1, sizeof *table);

	if (!table || count <= 0)
		return table;
	table->symbols = calloc((size_t)count, sizeof *table->symbols);
	if (!table->symbols) {
		free(table);
		return NULL;
	}
	read_symbols(table, module, count);
	qsort(table->symbols, table->count, sizeof *table->symbols, compare_symbols);
	settle(table);
	return table;
}

void symbol_table_free(struct symbol_table *table)
{
	if (!table)
		return;
	free(table->symbols);
	free(table);
}

const char *symbol_table_find(const struct symbol_table *table, GElf_Addr address)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->symbols[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < table->symbols[low - 1].end ? table->symbols[low - 1].name : NULL;
}

size_t symbol_table_count(const struct symbol_table *table)
{
	return table->count;
}
