/*
 * dag_view: a profile's DAG for reports: nodes, results over their lives, the
 * peak that would have been, what grows from run to run, and what to look at
 * first.  `dagmem dag show` and the HTML report call it.
 */
#ifndef DAGMEM_ANALYZER_DAG_VIEW_H
#define DAGMEM_ANALYZER_DAG_VIEW_H

#include "analyzer/view.h"
#include "analyzer/view_dag.h"

struct dataset;
struct error;

/*
 * Fill `view`, to be freed with view_dag_free().  A profile without DAG nodes
 * gives an empty one.  On failure `view` is untouched.
 */
int dag_view_read(struct dataset *data, struct view_dag *view, struct error *err);

#endif
