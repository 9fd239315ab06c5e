/*
 * loader_list: which libraries a program's loader would load for it: linked,
 * needed by what is linked, in LD_PRELOAD.
 *
 * Asks the loader itself (`ld.so --list`); nothing of the program is executed.
 */
#ifndef DAGMEM_CLI_LOADER_LIST_H
#define DAGMEM_CLI_LOADER_LIST_H

/* Called for each library, in the loader's order, with its path. */
typedef void loader_list_visit(void *context, const char *path);

/*
 * Visit what `loader` would load for `program`, and the library `preload` first
 * unless that is NULL.  Nothing is visited when the loader would not say.
 */
void loader_list(const char *loader, const char *preload, const char *program,
		 loader_list_visit *visit, void *context);

#endif
