/*
 * variables: which global variable stands at an address of a module, and which
 * thread-local one at an offset of its TLS segment.
 *
 * Names come from the ELF symbol table, file and line from DWARF, which alone
 * knows the static ones of stripped tables and those inside functions.  Read
 * when first asked for; the importer asks for what holds leaks.  Only
 * symbols_elfutils.c calls it: see symbols_variable().
 */
#ifndef DAGMEM_ANALYZER_VARIABLES_H
#define DAGMEM_ANALYZER_VARIABLES_H

#include <stdbool.h>
#include <stdint.h>

#include <elfutils/libdwfl.h>

struct variables;

struct variable {
	const char *name;       /* the linker's, or DWARF's */
	const char *file;       /* as DWARF has it; NULL: unknown */
	Dwarf_Die unit;         /* of `file` */
	Dwarf_Die die;          /* the variable's; no address: DWARF does not have it */
	uint32_t line;          /* 0: unknown */
	uint64_t offset;        /* of the address in the variable ... */
	uint64_t bytes;         /* ... which has so many */
};

/*
 * NULL: no memory.  `module` must outlive it.  `dwarf` may be NULL; its
 * addresses are those of the module less `dwarf_bias`.
 */
struct variables *variables_new(Dwfl_Module *module, Dwarf *dwarf, Dwarf_Addr dwarf_bias);
void variables_free(struct variables *variables);

/* The variable at `address`, an address of libdwfl's; false: there is none. */
bool variables_find(struct variables *variables, GElf_Addr address, struct variable *found);

/* The thread-local one at `offset` of the module's TLS segment. */
bool variables_find_local(struct variables *variables, uint64_t offset, struct variable *found);

#endif
