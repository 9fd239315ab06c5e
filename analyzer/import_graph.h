/*
 * import_graph: a heap graph becomes rows of the store, on request: heap_block,
 * heap_edge, heap_root.  leaks calls it.
 */
#ifndef DAGMEM_ANALYZER_IMPORT_GRAPH_H
#define DAGMEM_ANALYZER_IMPORT_GRAPH_H

#include "analyzer/graph_holders.h"
#include "analyzer/heap_graph.h"
#include "analyzer/store.h"

/* Fill the tables of check `check`, which is solved for `holders`; what is there already stays. */
int import_graph(struct store *store, const struct heap_graph *graph, const struct graph_holders *holders,
		 uint32_t check, struct error *err);

#endif
