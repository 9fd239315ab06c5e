/*
 * program_path: where a command is found, by execvp(3)'s rules.
 */
#ifndef DAGMEM_CLI_PROGRAM_PATH_H
#define DAGMEM_CLI_PROGRAM_PATH_H

struct arena;

/* The path of `name` in `arena`: itself when it has a slash, else from $PATH; NULL: none. */
char *program_path_find(struct arena *arena, const char *name);

#endif
