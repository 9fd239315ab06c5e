/*
 * whatif_orders: the same nodes in other orders, with the sizes that were
 * measured.
 *
 * One run becomes a graph of the runner, whose orders, simulation and lower
 * bound are asked; what of the heap is no result is taken to be the same in
 * every order.  dag_view calls it.
 */
#ifndef DAGMEM_ANALYZER_WHATIF_ORDERS_H
#define DAGMEM_ANALYZER_WHATIF_ORDERS_H

#include "analyzer/dag_model.h"
#include "analyzer/view.h"
#include "analyzer/view_dag.h"
#include "analyzer/whatif.h"

/*
 * Fill orders, order_count, lower_bound_bytes and other_bytes of `view`, whose
 * peak_bytes is there.  Leaves them empty where the run is too large, or no DAG.
 */
int whatif_orders(const struct whatif *whatif, const struct dag_model *model, struct arena *arena,
		  struct view_dag_what_if *view, struct error *err);

#endif
