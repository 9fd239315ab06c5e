#include "analyzer/variables.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

enum { NESTING_MAX = 64 };      /* of functions and blocks around a static variable */

struct entry {
	GElf_Addr start, end;
	const char *name;       /* of the symbol table, else NULL */
	Dwarf_Die die;          /* of DWARF; no address: none */
	Dwarf_Die unit;
};

struct list {
	struct entry *entries;  /* by address; DWARF's before the symbol table's */
	size_t count, capacity;
	bool failed;
};

struct variables {
	struct list globals, locals;    /* locals: of threads, by offset in the TLS segment */
	Dwarf_Addr dwarf_bias;
};

static void add(struct list *list, const struct entry *entry)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 256;
		struct entry *entries = reallocarray(list->entries, capacity, sizeof *entries);

		if (!entries) {
			list->failed = true;
			return;
		}
		list->entries = entries;
		list->capacity = capacity;
	}
	list->entries[list->count++] = *entry;
}

/* --- DWARF ------------------------------------------------------------------------------ */

/* What the operation pushes; clang's DWARF 5 has addresses in a table of their own. */
static bool constant_of(Dwarf_Attribute *location, const Dwarf_Op *operation, Dwarf_Addr *number)
{
	Dwarf_Attribute in_table;

	switch (operation->atom) {
	case DW_OP_addr:
	case DW_OP_const4u:
	case DW_OP_const8u:
		*number = operation->number;
		return true;
	case DW_OP_addrx:
	case DW_OP_constx:
	case DW_OP_GNU_addr_index:
	case DW_OP_GNU_const_index:
		return dwarf_getlocation_attr(location, operation, &in_table) == 0 &&
		       dwarf_formaddr(&in_table, number) == 0;
	default:
		return false;
	}
}

static bool is_local(const Dwarf_Op *operation)
{
	return operation->atom == DW_OP_GNU_push_tls_address || operation->atom == DW_OP_form_tls_address;
}

/* A variable at a fixed address, or at a fixed offset in every thread. */
static bool address_of(Dwarf_Die *die, Dwarf_Addr *address, bool *local)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *operations;
	size_t count;

	if (dwarf_getlocation(dwarf_attr(die, DW_AT_location, &attribute), &operations, &count) ||
	    count < 1 || count > 2 || !constant_of(&attribute, &operations[0], address))
		return false;
	*local = count == 2 && is_local(&operations[1]);
	return *local || (count == 1 && *address);
}

static uint64_t size_of(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Die type;
	Dwarf_Word size;

	if (!dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), &type) ||
	    dwarf_aggregate_size(&type, &size))
		return 1;
	return size ? size : 1;
}

static void add_variable(struct variables *variables, Dwarf_Die *unit, Dwarf_Die *die)
{
	Dwarf_Addr address;
	bool local;

	if (!address_of(die, &address, &local))
		return;
	if (!local)
		address += variables->dwarf_bias;
	struct entry entry = { .start = address, .end = address + size_of(die), .die = *die, .unit = *unit };

	add(local ? &variables->locals : &variables->globals, &entry);
}

static bool may_hold_variables(int tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block || tag == DW_TAG_namespace ||
	       tag == DW_TAG_inlined_subroutine;
}

static void read_children(struct variables *variables, Dwarf_Die *unit, Dwarf_Die *parent, int depth)
{
	Dwarf_Die die;

	if (depth > NESTING_MAX || dwarf_child(parent, &die))
		return;
	do {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_variable)
			add_variable(variables, unit, &die);
		else if (may_hold_variables(tag))
			read_children(variables, unit, &die, depth + 1);
	} while (dwarf_siblingof(&die, &die) == 0);
}

static void read_units(struct variables *variables, Dwarf *dwarf)
{
	Dwarf_CU *unit = NULL;
	Dwarf_Die die, split;

	while (dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, &split) == 0)
		read_children(variables, &die, split.addr ? &split : &die, 0);
}

/* --- The symbol table ------------------------------------------------------------------- */

static void read_symbols(struct variables *variables, Dwfl_Module *module)
{
	int count = dwfl_module_getsymtab(module);

	for (int i = 1; i < count; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		const char *name = dwfl_module_getsym_info(module, i, &symbol, &address, NULL, NULL,
							   NULL);
		bool local = GELF_ST_TYPE(symbol.st_info) == STT_TLS;

		if (!name || !name[0] || (GELF_ST_TYPE(symbol.st_info) != STT_OBJECT && !local) ||
		    symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS)
			continue;
		struct entry entry = { .start = local ? symbol.st_value : address, .name = name };

		entry.end = entry.start + (symbol.st_size ? symbol.st_size : 1);
		add(local ? &variables->locals : &variables->globals, &entry);
	}
}

/* ------------------------------------------------------------------------------------------ */

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (!x->name != !y->name)
		return x->name ? 1 : -1;
	return x->end > y->end ? -1 : x->end < y->end;
}

static void sort(struct list *list)
{
	if (list->count)
		qsort(list->entries, list->count, sizeof *list->entries, compare_entries);
}

struct variables *variables_new(Dwfl_Module *module, Dwarf *dwarf, Dwarf_Addr dwarf_bias)
{
	struct variables *variables = calloc(1, sizeof *variables);

	if (!variables)
		return NULL;
	variables->dwarf_bias = dwarf_bias;
	if (dwarf)
		read_units(variables, dwarf);
	read_symbols(variables, module);
	if (variables->globals.failed || variables->locals.failed) {
		variables_free(variables);
		return NULL;
	}
	sort(&variables->globals);
	sort(&variables->locals);
	return variables;
}

void variables_free(struct variables *variables)
{
	if (!variables)
		return;
	free(variables->globals.entries);
	free(variables->locals.entries);
	free(variables);
}

/* The linker's, which tells of namespaces and classes. */
static const char *name_of(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));

	return name ? name : dwarf_diename(die);
}

static void describe(struct entry *entry, GElf_Addr address, struct variable *found)
{
	int line = 0;

	*found = (struct variable){ .name = entry->name, .offset = address - entry->start,
		.bytes = entry->end - entry->start };
	if (entry->name)
		return;
	found->name = name_of(&entry->die);
	found->file = dwarf_decl_file(&entry->die);
	found->unit = entry->unit;
	found->die = entry->die;
	if (found->file && dwarf_decl_line(&entry->die, &line) == 0 && line > 0)
		found->line = (uint32_t)line;
}

/* Variables do not overlap but for aliases: what begins last before the address counts. */
static bool find(const struct list *list, GElf_Addr address, struct variable *found)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->entries[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return false;
	GElf_Addr start = list->entries[low - 1].start;
	struct entry *best = NULL;

	while (low-- > 0 && list->entries[low].start == start)
		if (address < list->entries[low].end)
			best = &list->entries[low];
	if (!best)
		return false;
	describe(best, address, found);
	return found->name != NULL;
}

bool variables_find(struct variables *variables, GElf_Addr address, struct variable *found)
{
	return find(&variables->globals, address, found);
}

bool variables_find_local(struct variables *variables, uint64_t offset, struct variable *found)
{
	return find(&variables->locals, offset, found);
}
