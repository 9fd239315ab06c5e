/*
 * profile_list: which profiles a verb is about that takes several: those that
 * were named, all of a folder, or all processes of a run.
 *
 * What a process was before it executed another program is left out of folders
 * and runs: exec took its heap.  `dagmem leaks` asks.
 */
#ifndef DAGMEM_CLI_PROFILE_LIST_H
#define DAGMEM_CLI_PROFILE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/profile_spec.h"

struct arena;
struct error;

struct profile_list {
	struct arena *arena;            /* for all that it finds */
	struct profile_spec *items;
	size_t count, capacity;
};

/*
 * Add what `name` names: PROFILE, PROFILE@LABEL, or each *.dagmem in a folder;
 * with `whole_run` the other processes of the profile's `dagmem run`, too.
 * ERROR_NOT_FOUND: a folder without profiles.
 */
int profile_list_add(struct profile_list *list, const char *name, bool whole_run, struct error *err);

#endif
