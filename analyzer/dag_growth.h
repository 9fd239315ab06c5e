/*
 * dag_growth: what nodes hold from run to run: which leak, and which only fill
 * a cache.
 *
 * At the ends of runs there are snapshots of all accounts (dag_runs in the
 * tracer).  Of each node its live bytes are a series over its executions; trend
 * says whether it grows, and the same of each line of a node that does.
 * dag_view calls it.
 */
#ifndef DAGMEM_ANALYZER_DAG_GROWTH_H
#define DAGMEM_ANALYZER_DAG_GROWTH_H

#include "analyzer/dag_model.h"
#include "analyzer/fill.h"
#include "analyzer/view.h"
#include "analyzer/view_dag.h"

/*
 * Fill growth and growth_count of `view`, whose nodes are there: those that
 * grow or did, leaks first.
 */
int dag_growth_find(const struct dag_model *model, struct store *store,
		    const uint32_t *node_of_id, struct fill *fill, struct view_dag *view,
		    struct error *err);

#endif
