/*
 * graph_holders: who holds what the roots of a heap graph point to: words of
 * one variable are one holder, and of one frame, thread or mapping.
 *
 * They are called what rows of the same check are called (leak_words), so that
 * holders and rows find each other by that text.  leaks calls it.
 */
#ifndef DAGMEM_ANALYZER_GRAPH_HOLDERS_H
#define DAGMEM_ANALYZER_GRAPH_HOLDERS_H

#include <stdbool.h>

#include "analyzer/fill.h"
#include "analyzer/heap_graph.h"
#include "analyzer/store.h"
#include "analyzer/view_leaks.h"

struct graph_holder {
	struct view_holder held_by;     /* of its first word; texts live in the view */
	uint64_t words;                 /* pointers into the heap */
};

struct graph_holders {
	struct graph_holder *items;
	uint32_t count;
	uint32_t *of_root;              /* by root of the graph */
};

#define GRAPH_HOLDERS_INIT { .items = NULL }

/*
 * Symbols are looked up as they were when `store` was made; `owners`:
 * attribute_owners().  ERROR_NO_MEMORY, or what the store says.  Always to be
 * released.
 */
int graph_holders_find(struct graph_holders *holders, const struct heap_graph *graph, struct store *store,
		       struct fill *fill, const uint32_t *owners, bool debuginfod, struct error *err);

/*
 * All roots as one holder without a name, for who asks what blocks retain: that
 * does not depend on who holds them.  No symbols are looked up.
 */
int graph_holders_anyone(struct graph_holders *holders, const struct heap_graph *graph, struct error *err);

void graph_holders_release(struct graph_holders *holders);

#endif
