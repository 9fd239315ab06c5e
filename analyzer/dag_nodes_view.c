#include "analyzer/dag_parts.h"

#include <stdlib.h>

#include "analyzer/attribute.h"
#include "base/intern.h"
#include "profile/layout.h"

/* --- Names ----------------------------------------------------------------------------- */

void dag_nodes_fill(struct dag_parts *parts, uint32_t *node_of_id)
{
	const struct loaded *loaded = parts->model->loaded;
	struct view_dag *view = parts->view;
	struct arena arena = ARENA_INIT;
	struct intern names = INTERN_INIT(&arena);

	for (uint32_t id = 0; id < parts->model->node_limit; id++)
		node_of_id[id] = VIEW_NO_NODE;
	view->nodes = fill_array(parts->fill, loaded->dag_node_count, sizeof *view->nodes);
	for (size_t i = 0; view->nodes && i < loaded->dag_node_count; i++) {
		uint32_t node = intern_add(&names, loaded->dag_nodes[i].name);

		if (node > view->node_count || loaded->dag_nodes[i].id >= parts->model->node_limit) {
			parts->fill->failed = true;
			break;
		}
		if (node == view->node_count)
			view->nodes[view->node_count++].name =
				fill_text(parts->fill, loaded->dag_nodes[i].name);
		view->nodes[node].declared++;
		node_of_id[loaded->dag_nodes[i].id] = node;
	}
	intern_release(&names);
	arena_release(&arena);
}

/* --- Sums ------------------------------------------------------------------------------- */

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void add_sums(struct dag_parts *parts)
{
	const struct loaded_dag *rows = parts->model->rows;

	for (size_t i = 0; i < rows->sum_count; i++) {
		const struct dag_sum_row *sum = &rows->sums[i];
		uint32_t at = dag_parts_node(parts, sum->node);
		struct view_dag_node *node = at == VIEW_NO_NODE ? NULL : &parts->view->nodes[at];

		parts->view->executions_ended += sum->executions;
		if (!node)
			continue;
		node->requested |= sum->requested;
		node->executions += sum->executions;
		node->failed += sum->failed;
		node->busy_ns += sum->busy_ns;
		node->retained_bytes += sum->retained_bytes;
		node->transient_bytes = larger(node->transient_bytes, sum->transient_bytes);
		node->helper_bytes = larger(node->helper_bytes, sum->helper_bytes);
	}
	for (size_t i = 0; i < rows->turn_count; i++) {
		uint32_t at = dag_parts_node(parts, rows->turns[i].node);

		if (at != VIEW_NO_NODE && parts->view->nodes)
			parts->view->nodes[at].running++;
	}
}

/* --- Accounts ---------------------------------------------------------------------------- */

/* What a line holds of a node. */
struct holding { uint32_t node, symbol; uint64_t bytes; };

static int by_place(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return (x->symbol > y->symbol) - (x->symbol < y->symbol);
}

static void add_account(struct dag_parts *parts, const struct account_row *row)
{
	uint32_t at = dag_parts_node(parts, row->dag_node);

	if (row->kind != ACCOUNT_HEAP)
		return;
	if (at == VIEW_NO_NODE) {
		parts->view->outside_at_peak_bytes += row->peak_bytes;
		return;
	}
	struct view_dag_node *node = &parts->view->nodes[at];

	node->allocated_bytes += row->allocated_bytes;
	node->allocations += row->allocations;
	node->at_peak_bytes += row->peak_bytes;
	node->at_peak_count += row->peak_blocks;
	node->live_bytes += row->live_bytes;
	node->live_count += row->live_blocks;
}

static size_t find_holdings(struct dag_parts *parts, const uint32_t *owners, struct holding *holdings)
{
	const struct loaded *loaded = parts->model->loaded;
	size_t count = 0;

	for (size_t i = 0; i < loaded->account_count; i++) {
		const struct account_row *row = &loaded->accounts[i];
		uint32_t node = dag_parts_node(parts, row->dag_node);

		add_account(parts, row);
		if (row->kind == ACCOUNT_HEAP && row->live_bytes && node != VIEW_NO_NODE)
			holdings[count++] = (struct holding){ node, owners[row->node], row->live_bytes };
	}
	if (count)
		qsort(holdings, count, sizeof *holdings, by_place);
	return count;
}

/* Those of one line and node next to each other: the largest sum of each node. */
static void name_holders(struct dag_parts *parts, const struct holding *holdings, size_t count)
{
	for (size_t i = 0; i < count;) {
		struct view_dag_node *node = &parts->view->nodes[holdings[i].node];
		const struct holding *first = &holdings[i];
		uint64_t bytes = 0;

		for (; i < count && by_place(&holdings[i], first) == 0; i++)
			bytes += holdings[i].bytes;
		if (bytes <= node->held_bytes)
			continue;
		node->held_bytes = bytes;
		node->held_by = fill_frame(parts->fill, first->symbol);
	}
	for (size_t i = 0; i < parts->view->node_count; i++)
		if (parts->view->nodes[i].held_bytes)
			fill_source(parts->fill, &parts->view->nodes[i].held_by);
}

static void add_accounts(struct dag_parts *parts)
{
	const struct loaded *loaded = parts->model->loaded;
	uint32_t *owners = calloc(loaded->frames.node_count + 1, sizeof *owners);
	struct holding *holdings = calloc(loaded->account_count + 1, sizeof *holdings);

	if (owners && holdings && !attribute_owners(&loaded->frames, NULL, false, owners))
		name_holders(parts, holdings, find_holdings(parts, owners, holdings));
	else
		parts->fill->failed = true;
	free(owners);
	free(holdings);
}

/* --- Edges -------------------------------------------------------------------------------- */

static int by_ends(const void *a, const void *b)
{
	const struct view_dag_edge *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return (x->consumer > y->consumer) - (x->consumer < y->consumer);
}

void dag_edges_fill(struct dag_parts *parts)
{
	const struct loaded_dag *rows = parts->model->rows;
	struct view_dag *view = parts->view;
	size_t kept = 0;

	add_sums(parts);
	add_accounts(parts);
	view->edges = fill_array(parts->fill, rows->edge_count, sizeof *view->edges);
	for (size_t i = 0; view->edges && i < rows->edge_count; i++) {
		struct view_dag_edge edge = { dag_parts_node(parts, rows->edges[i].dependency),
					      dag_parts_node(parts, rows->edges[i].node) };

		if (edge.node != VIEW_NO_NODE && edge.consumer != VIEW_NO_NODE)
			view->edges[view->edge_count++] = edge;
	}
	if (view->edges && view->edge_count)
		qsort(view->edges, view->edge_count, sizeof *view->edges, by_ends);
	for (size_t i = 0; view->edges && i < view->edge_count; i++)
		if (!kept || by_ends(&view->edges[kept - 1], &view->edges[i]) != 0)
			view->edges[kept++] = view->edges[i];
	view->edge_count = kept;
}
