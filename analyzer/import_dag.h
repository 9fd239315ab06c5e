/*
 * import_dag: fills a store with what a profile says of its DAG nodes'
 * executions, results and runs.  Only import calls it, inside its transaction.
 */
#ifndef DAGMEM_ANALYZER_IMPORT_DAG_H
#define DAGMEM_ANALYZER_IMPORT_DAG_H

#include "analyzer/reader.h"
#include "analyzer/store.h"

int import_dag(struct store *store, const struct profile_data *data, struct error *err);

#endif
