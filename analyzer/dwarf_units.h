/*
 * dwarf_units: which function stands at an address, by DWARF.
 *
 * elfutils' own lookup walks a whole unit for every address, and needs
 * .debug_aranges, which clang leaves out.  Here a module's units are sorted by
 * address once, and each unit's functions once, when first asked for.  Only
 * symbols_elfutils.c calls it.
 */
#ifndef DAGMEM_ANALYZER_DWARF_UNITS_H
#define DAGMEM_ANALYZER_DWARF_UNITS_H

#include <stdbool.h>
#include <stddef.h>

#include <elfutils/libdw.h>

struct dwarf_units;

enum { DWARF_UNITS_DEPTH_MAX = 128 };         /* functions inlined into each other */

struct dwarf_units_place {
	Dwarf_Die unit;                         /* whose line table counts */
	Dwarf_Die function[DWARF_UNITS_DEPTH_MAX];    /* outermost first: a subprogram, then what was inlined */
	size_t depth;                           /* 0: no function is known */
};

/* NULL: no memory.  `dwarf` must outlive it. */
struct dwarf_units *dwarf_units_new(Dwarf *dwarf);
void dwarf_units_free(struct dwarf_units *units);

/* Find `address`, an address of the debug information; false: in no unit. */
bool dwarf_units_find(struct dwarf_units *units, Dwarf_Addr address, struct dwarf_units_place *place);

#endif
