/*
 * names: what metrics and groupings are called, in options and in output.
 */
#ifndef DAGMEM_REPORTS_NAMES_H
#define DAGMEM_REPORTS_NAMES_H

#include <stdbool.h>

#include "analyzer/view.h"

/* "live", "peak", ...: as --metric takes it and JSON shows it. */
const char *metric_name(enum metric metric);
bool metric_parse(const char *name, enum metric *metric);

/* True when a row's value is its count, not its bytes. */
bool metric_counts(enum metric metric);

/* "line", "function", ...: as --by takes it and JSON shows it. */
const char *grouping_name(enum grouping by);
bool grouping_parse(const char *name, enum grouping *by);

/* Every name of a kind with ", " between, for messages. */
const char *metric_names(void);
const char *grouping_names(void);

#endif
