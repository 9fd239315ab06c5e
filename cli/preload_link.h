/*
 * preload_link: another name for the tracer's folder.
 *
 * The loader splits LD_PRELOAD at spaces and colons.  A folder that has some in
 * its path gets a symbolic link in a temporary folder of our own, until the
 * program has ended.  cmd_run calls it.
 */
#ifndef DAGMEM_CLI_PRELOAD_LINK_H
#define DAGMEM_CLI_PRELOAD_LINK_H

struct arena;
struct error;

struct preload_link {
	char *folder;           /* NULL: none was needed */
	char *link;
};

/*
 * Where LD_PRELOAD could not hold *library, an absolute path, make it one that
 * leads to the same file.  In `arena`.  ERROR_SYSTEM, and then there is none.
 */
int preload_link_make(struct preload_link *link, struct arena *arena, const char **library,
		      struct error *err);

/* Also of one that was not made. */
void preload_link_remove(struct preload_link *link);

#endif
