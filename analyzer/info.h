/*
 * info: what a profile holds, what its process was, where its RSS went, and
 * the other processes of the same `dagmem run` whose profiles lie beside it.
 */
#ifndef DAGMEM_ANALYZER_INFO_H
#define DAGMEM_ANALYZER_INFO_H

#include "analyzer/view.h"

struct dataset;
struct error;

/* The caller gives `view` to view_info_free(); untouched on failure. */
int info_read(struct dataset *data, struct view_info *view, struct error *err);

#endif
