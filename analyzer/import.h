/*
 * import: a profile, read and resolved, becomes the rows of a store.
 *
 * One transaction; a store that it fails on is to be thrown away.  dataset
 * calls it.
 */
#ifndef DAGMEM_ANALYZER_IMPORT_H
#define DAGMEM_ANALYZER_IMPORT_H

#include "analyzer/reader.h"
#include "analyzer/resolve.h"
#include "analyzer/store.h"

enum { IMPORT_PROFILE_ID = 1 };         /* of the only profile in its own store */

/* `path` and `fingerprint` are kept to tell later whether the store is still true. */
int import_profile(struct store *store, const char *path, const char *fingerprint,
		   const struct profile_data *data, const struct resolved *resolved,
		   struct error *err);

/* ns since the program's start; what claims to be earlier is at the start. */
uint64_t import_time(const struct profile_data *data, uint64_t monotonic_ns);

#endif
