/*
 * dag_parts: dag_view's own parts, one file each; nobody else's.
 *
 * Each fills its fields of the view, whose nodes are there.  Want of memory is
 * remembered in fill->failed.
 */
#ifndef DAGMEM_ANALYZER_DAG_PARTS_H
#define DAGMEM_ANALYZER_DAG_PARTS_H

#include "analyzer/dag_model.h"
#include "analyzer/fill.h"
#include "analyzer/view.h"
#include "analyzer/view_dag.h"

/* What the parts have in common. */
struct dag_parts {
	const struct dag_model *model;
	const uint32_t *node_of_id;     /* place in view->nodes, or VIEW_NO_NODE */
	struct fill *fill;
	struct view_dag *view;
};

static inline uint32_t dag_parts_node(const struct dag_parts *parts, uint32_t id)
{
	return id && id < parts->model->node_limit ? parts->node_of_id[id] : VIEW_NO_NODE;
}

/* Nodes: one a name, in the order of their declaration; fills node_of_id. Edges between them. */
void dag_nodes_fill(struct dag_parts *parts, uint32_t *node_of_id);
void dag_edges_fill(struct dag_parts *parts);

/* Runs, executions, results with their lives; what of those is a node's. */
void dag_runs_fill(struct dag_parts *parts);
void dag_results_fill(struct dag_parts *parts);

/* What to look at first: after all else. */
void dag_findings_fill(struct dag_parts *parts);

#endif
