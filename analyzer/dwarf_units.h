/*
 * units: which function stands at an address, by DWARF.
 *
 * elfutils' own lookup walks a whole unit for every address, and needs
 * .debug_aranges, which clang leaves out.  Here a module's units are sorted by
 * address once, and each unit's functions once, when first asked for.  Only
 * symbols_elfutils.c calls it.
 */
#ifndef DAGMEM_ANALYZER_UNITS_H
#define DAGMEM_ANALYZER_UNITS_H

#include <stdbool.h>
#include <stddef.h>

#include <elfutils/libdw.h>

struct units;

enum { UNITS_DEPTH_MAX = 128 };         /* functions inlined into each other */

struct units_place {
	Dwarf_Die unit;                         /* whose line table counts */
	Dwarf_Die function[UNITS_DEPTH_MAX];    /* outermost first: a subprogram, then what was inlined */
	size_t depth;                           /* 0: no function is known */
};

/* NULL: no memory.  `dwarf` must outlive it. */
struct units *units_new(Dwarf *dwarf);
void units_free(struct units *units);

/* Find `address`, an address of the debug information; false: in no unit. */
bool units_find(struct units *units, Dwarf_Addr address, struct units_place *place);

#endif
