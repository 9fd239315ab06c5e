/*
 * newest_profile: the profile a verb is about when its user names none.
 */
#ifndef DAGMEM_CLI_NEWEST_PROFILE_H
#define DAGMEM_CLI_NEWEST_PROFILE_H

struct arena;
struct error;

/* The newest *.dagmem in the current folder, in `arena`.  ERROR_NOT_FOUND. */
int newest_profile(struct arena *arena, const char **path, struct error *err);

#endif
