/*
 * import_leaks: leak checks become rows of the store.  Only import.c calls it.
 */
#ifndef DAGMEM_ANALYZER_IMPORT_LEAKS_H
#define DAGMEM_ANALYZER_IMPORT_LEAKS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/reader.h"
#include "analyzer/resolve.h"
#include "analyzer/store.h"

int import_leaks(struct store *store, const struct profile_data *data,
		 const struct resolved *resolved, struct error *err);

/* Set wanted[account] of those that a check names. */
void import_leaks_mark_accounts(const struct profile_data *data, bool *wanted);

/* The words of the schema: "definite" ..., "thread stack" ...; NULL for HELD_BY_NOTHING. */
const char *leak_verdict_text(unsigned verdict);
const char *leak_holder_text(unsigned holder);

#endif
