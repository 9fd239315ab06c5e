/*
 * foreign_new: whether C++ programs get their memory past malloc: from a
 * library that exports malloc and an operator new of its own, as jemalloc,
 * tcmalloc and mimalloc do.  The C++ library's operator new calls malloc.
 *
 * Asks the program's loader what it would load (linked, needed by what is
 * linked, or in LD_PRELOAD) and looks the files up with libelf; nothing of the
 * program is executed.  Called by inspect.
 */
#ifndef DAGMEM_CLI_FOREIGN_NEW_H
#define DAGMEM_CLI_FOREIGN_NEW_H

struct arena;

/*
 * The path in `arena` of the first such library that `loader` would load for
 * `program`; NULL: there is none, or the loader would not say.
 */
const char *foreign_new_find(struct arena *arena, const char *loader, const char *program);

#endif
