/*
 * import_process: what a profile says of the process as a whole, as rows of the
 * store: how it ran and ended, its command line, notes, and what is not known.
 * Only import.c calls it.
 */
#ifndef DAGMEM_ANALYZER_IMPORT_PROCESS_H
#define DAGMEM_ANALYZER_IMPORT_PROCESS_H

#include "analyzer/reader.h"
#include "analyzer/resolve.h"
#include "analyzer/store.h"

/* `path` and `fingerprint` as for import_profile(). */
int import_process(struct store *store, const char *path, const char *fingerprint,
		   const struct profile_data *data, const struct resolved *resolved,
		   struct error *err);

#endif
