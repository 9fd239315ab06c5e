/*
 * html_dag: a DAG's nodes, their lives and their places in a picture, as
 * columns of a page.
 */
#ifndef DAGMEM_REPORTS_HTML_DAG_H
#define DAGMEM_REPORTS_HTML_DAG_H

#include "analyzer/view.h"
#include "analyzer/view_dag.h"

struct pack;

/* Nothing for a DAG without nodes.  -1: no memory. */
int html_dag_pack(struct pack *pack, const struct view_dag *dag);

#endif
