#include "analyzer/import_graph.h"

#include "analyzer/dominators.h"
#include "analyzer/import.h"
#include "analyzer/import_leaks.h"
#include "base/error.h"

static int import_blocks(struct store *store, const struct heap_graph *graph, uint32_t check,
			 struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "heap_block", 11, err);
	for (uint32_t i = 0; i < graph->block_count; i++) {
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, check);
		store_number(&rows, i);
		store_number(&rows, graph->blocks[i].address);
		store_number(&rows, graph->blocks[i].bytes);
		store_number(&rows, graph->blocks[i].account);
		store_text(&rows, leak_verdict_text(graph->blocks[i].verdict));
		if (graph->dominator[i] < graph->block_count)
			store_number(&rows, graph->dominator[i]);
		else
			store_null(&rows);
		store_number(&rows, graph->retained[i]);
		if (graph->blocks[i].row != HEAP_GRAPH_NO_ROW)
			store_number(&rows, graph->blocks[i].row);
		else
			store_null(&rows);
		if (graph->keeper[i] != HEAP_GRAPH_NO_KEEPER)
			store_number(&rows, graph->keeper[i]);
		else
			store_null(&rows);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int import_edges(struct store *store, const struct heap_graph *graph, uint32_t check,
			struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "heap_edge", 7, err);
	for (uint32_t i = 0; i < graph->block_count; i++)
		for (uint64_t e = graph->first[i]; e < graph->first[i + 1]; e++) {
			store_number(&rows, IMPORT_PROFILE_ID);
			store_number(&rows, check);
			store_number(&rows, i);
			store_number(&rows, e - graph->first[i]);
			store_number(&rows, graph->edges[e].block & ~HEAP_GRAPH_INTERIOR);
			store_number(&rows, (graph->edges[e].block & HEAP_GRAPH_INTERIOR) != 0);
			store_number(&rows, UINT64_C(8) * graph->edges[e].word);
			store_row(&rows);
		}
	return store_rows_close(&rows);
}

static int import_holders(struct store *store, const struct heap_graph *graph,
			  const struct graph_holders *holders, uint32_t check, struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "heap_holder", 11, err);
	for (uint32_t h = 0; h < holders->count; h++) {
		const struct view_holder *held_by = &holders->items[h].held_by;

		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, check);
		store_number(&rows, h);
		store_text(&rows, held_by->kind);
		store_text(&rows, held_by->text);
		store_text(&rows, held_by->symbol);
		store_text(&rows, held_by->file);
		store_text(&rows, held_by->thread);
		store_number(&rows, holders->items[h].words);
		store_number(&rows, graph->retained[graph->block_count + h]);
		store_number(&rows, graph->kept_blocks[h]);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int import_roots(struct store *store, const struct heap_graph *graph,
			const struct graph_holders *holders, uint32_t check, struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "heap_root", 8, err);
	for (size_t i = 0; i < graph->root_count; i++) {
		const struct heap_graph_root *root = &graph->roots[i];
		const char *holder = leak_holder_text(root->holder);

		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, check);
		store_number(&rows, i);
		store_number(&rows, root->block & ~HEAP_GRAPH_INTERIOR);
		store_text(&rows, holder ? holder : "unknown");
		if (root->tid)
			store_number(&rows, root->tid);
		else
			store_null(&rows);
		store_number(&rows, root->address);
		store_number(&rows, holders->of_root[i]);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

int import_graph(struct store *store, const struct heap_graph *graph, const struct graph_holders *holders,
		 uint32_t check, struct error *err)
{
	if (store_execute(store, "BEGIN", err) ||
	    import_blocks(store, graph, check, err) ||
	    import_edges(store, graph, check, err) ||
	    import_holders(store, graph, holders, check, err) ||
	    import_roots(store, graph, holders, check, err) ||
	    store_execute(store, "COMMIT", err))
		return error_context(err, "putting the heap graph into the store");
	return 0;
}
