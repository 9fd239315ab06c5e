/*
 * code_name: what to call a node that has no name but the place of its code.
 *
 * In the program nobody can tell a source line from an address.  So the name
 * holds the place, as "task {prog+0x1326}": module and address in its file,
 * the same in every run; analyzer/code_places shows file and line instead.
 *
 * Thread-safe, lock-free, takes no lock of the loader's: tasks are created by
 * constructors of libraries, too, while the loader holds its own.
 */
#ifndef DAGMEM_TRACER_ADAPTERS_CODE_NAME_H
#define DAGMEM_TRACER_ADAPTERS_CODE_NAME_H

enum code_meaning {
	CODE_CALL,              /* a return address: the call before it is meant */
	CODE_LINE,              /* the line there */
	CODE_FUNCTION,          /* the function there: "task {prog@0x1300}" */
};

/* "KIND {MODULE+0xADDRESS}" for `code`.  Lives for ever. */
const char *code_name(const char *kind, const void *code, enum code_meaning meaning);

#endif
