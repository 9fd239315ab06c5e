/*
 * dataset: one profile, symbolized, ready to be asked.
 *
 * Opening one imports the profile into its store (an SQLite file beside the
 * profile, or in $XDG_CACHE_HOME/dagmem, or in memory while the program still
 * runs) unless an up-to-date store is there, and loads the store.  Every verb
 * of the command line starts here; rank, diff, timeline and info read it.
 * Not thread-safe.
 */
#ifndef DAGMEM_ANALYZER_DATASET_H
#define DAGMEM_ANALYZER_DATASET_H

#include <stdbool.h>
#include <stddef.h>

struct dataset;
struct error;
struct loaded;
struct store;

struct dataset_options {
	bool debuginfod;        /* may fetch debug information, if DEBUGINFOD_URLS is set */
	bool no_cache;          /* neither read nor leave a store: import into memory */
	/* Told now and then how far the import is; NULL = nobody.  `total` may be 0. */
	void (*progress)(void *context, const char *what, size_t done, size_t total);
	void *context;
};

/*
 * Open the profile at `path`, or the store of one; `options` may be NULL.
 * ERROR_FORMAT, ERROR_VERSION: not a readable profile (exit code 3).  The caller gives the
 * result to dataset_free().
 */
int dataset_open(struct dataset **data, const char *path, const struct dataset_options *options,
		 struct error *err);

/* Accepts NULL.  Views outlive it. */
void dataset_free(struct dataset *data);

/* The store's file, or NULL when it is in memory.  Lives as long as `data`. */
const char *dataset_store_path(const struct dataset *data);

/* For the analyzer's verbs: what was loaded, and where to ask for more (load.h). */
const struct loaded *dataset_loaded(const struct dataset *data);
struct store *dataset_store(struct dataset *data);

#endif
