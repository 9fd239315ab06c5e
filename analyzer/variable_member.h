/*
 * variable_member: which part of a variable stands at an offset in it, as the
 * source would say it: ".table", ".pairs[1].next", "[3]".  By DWARF's types.
 * Only symbols_elfutils.c calls it.
 */
#ifndef DAGMEM_ANALYZER_VARIABLE_MEMBER_H
#define DAGMEM_ANALYZER_VARIABLE_MEMBER_H

#include <stdint.h>

#include <elfutils/libdw.h>

#include "base/text.h"

/*
 * Add the part at `offset` of the variable `die`; of what types do not tell
 * "+8", bytes.  Nothing for the variable's own beginning, if it has no parts.
 */
void variable_member_add(struct text *text, Dwarf_Die *die, uint64_t offset);

#endif
