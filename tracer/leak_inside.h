/*
 * leak_inside: pointers into the inside of a block that are as good as one to
 * its start, because of what stands around them: memcheck's heuristics.
 */
#ifndef DAGMEM_TRACER_LEAK_INSIDE_H
#define DAGMEM_TRACER_LEAK_INSIDE_H

#include "tracer/leak_heap.h"

/*
 * stdstring: the text of a reference-counted std::string, behind length,
 * capacity and count.  length64: behind the block's own length, as sqlite
 * has it.  newarray: an array of C++ objects behind their number.
 * multipleinheritance: a part of a C++ object that has a table of virtual
 * functions of its own, as the whole has.
 */
bool leak_inside_is_start(const struct leak_block *block, uintptr_t pointer, const struct leak_maps *maps);

#endif
