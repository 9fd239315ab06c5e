/*
 * html_leaks: what leaks, with what holds or lost it, as columns of a page.
 */
#ifndef DAGMEM_REPORTS_HTML_LEAKS_H
#define DAGMEM_REPORTS_HTML_LEAKS_H

#include "analyzer/view.h"
#include "analyzer/view_leaks.h"

struct pack;

/* Nothing when the heap was not looked at at all. */
void html_leaks_pack(struct pack *pack, const struct view_leaks *leaks);

#endif
