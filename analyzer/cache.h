/*
 * cache: where a profile's store lies, and whether it is still true.
 *
 * Beside the profile as PROFILE.db; where that can't be written (or is another
 * program's file) in $XDG_CACHE_HOME/dagmem, else in ~/.cache/dagmem.  A store
 * is true while the profile file (inode, size, time, header) and dagmem's
 * version are those that it was imported from, and while a new import would find
 * no better symbols for a module, or worse ones for another: debug information is
 * installed after a first look at a profile, but programs are also rebuilt.
 * Only dataset calls it.
 */
#ifndef DAGMEM_ANALYZER_CACHE_H
#define DAGMEM_ANALYZER_CACHE_H

#include <stdbool.h>

#include "analyzer/store.h"
#include "base/arena.h"

struct profile_header;

/*
 * What the store must have been made of; in `arena`, NULL without memory.
 * With `debuginfod` only a store for which that was asked will do.
 */
const char *cache_fingerprint(const char *profile_path, const struct profile_header *header,
			      bool debuginfod, struct arena *arena);

/*
 * Open a true store of the profile at `profile_path` (absolute).  Returns its
 * path, in `arena`; NULL: there is none, and `store` is not open.
 */
const char *cache_find(struct store *store, const char *profile_path, const char *fingerprint,
		       struct arena *arena);

/*
 * Where a new store may be written: an empty file is made at *temporary, to be
 * renamed to the result when it is complete.  NULL: nowhere.
 */
const char *cache_reserve(const char *profile_path, struct arena *arena, const char **temporary);

#endif
