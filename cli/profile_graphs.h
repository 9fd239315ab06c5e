/*
 * profile_graphs: the heap graphs that a profile's leak checks have left
 * beside it, PROFILE.heap.N, go where the profile goes.
 *
 * What can't be moved stays; readers of the profile say so.
 */
#ifndef DAGMEM_CLI_PROFILE_GRAPHS_H
#define DAGMEM_CLI_PROFILE_GRAPHS_H

struct arena;

/* The profile at `from` has become the one at `to`, perhaps in another file system. */
void profile_graphs_move(const char *from, const char *to, struct arena *arena);

/* The profiles at these paths have exchanged their names. */
void profile_graphs_exchange(const char *one, const char *other, struct arena *arena);

/* The profile is removed. */
void profile_graphs_remove(const char *path, struct arena *arena);

#endif
