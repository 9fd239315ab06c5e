/*
 * source_root: where places in SARIF are told from: the sources' top folder,
 * which is where CI runs us.
 */
#ifndef DAGMEM_CLI_SOURCE_ROOT_H
#define DAGMEM_CLI_SOURCE_ROOT_H

struct arena;
struct error;

/*
 * Make `*root`, what --source-root said or NULL for this folder, an absolute
 * path in `arena`; NULL of the root of all.  ERROR_USAGE: there is no such folder.
 */
int source_root_find(const char **root, struct arena *arena, struct error *err);

#endif
