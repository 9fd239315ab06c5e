/*
 * heap_graph_file: finds and reads the file in which a leak check left its
 * heap graph: PROFILE.heap.N, of check N.
 *
 * It lies beside the profile.  Who renamed the profile alone is served, too:
 * the graph knows whose it is, so others of that folder are looked at.
 */
#ifndef DAGMEM_ANALYZER_HEAP_GRAPH_FILE_H
#define DAGMEM_ANALYZER_HEAP_GRAPH_FILE_H

#include "analyzer/heap_graph.h"

/*
 * Read the graph of the profile at `profile_path`.  ERROR_NOT_FOUND: there is
 * none, and what to do; the errors of heap_graph_take().  Always to be released.
 */
int heap_graph_file_read(struct heap_graph *graph, const char *profile_path,
			 const struct heap_graph_key *key, struct error *err);

#endif
