/*
 * demangle: names of linkers to names of people.
 *
 * C++ (Itanium ABI) and Rust (legacy, without its hash, and v0), by binutils'
 * libiberty.
 */
#ifndef DAGMEM_ANALYZER_DEMANGLE_H
#define DAGMEM_ANALYZER_DEMANGLE_H

/* Malloced: the caller frees it.  NULL: `name` is not mangled. */
char *demangle(const char *name);

#endif
