/*
 * html_tree: the call tree, its charges and their changes as columns of a page.
 */
#ifndef DAGMEM_REPORTS_HTML_TREE_H
#define DAGMEM_REPORTS_HTML_TREE_H

#include "analyzer/view.h"
#include "analyzer/view_report.h"

struct pack;

void html_tree_pack(struct pack *pack, const struct view_report *view);

#endif
