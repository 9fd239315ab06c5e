/*
 * names: what metrics and groupings are called, in options and in output.
 */
#ifndef DAGMEM_REPORTS_NAMES_H
#define DAGMEM_REPORTS_NAMES_H

#include <stdbool.h>

#include "analyzer/view.h"
#include "analyzer/view_leaks.h"

/* "live", "peak", ...: as --metric takes it and JSON shows it. */
const char *metric_name(enum metric metric);
bool metric_parse(const char *name, enum metric *metric);

/* True when a row's value is its count, not its bytes. */
bool metric_counts(enum metric metric);

/* "line", "function", ...: as --by takes it and JSON shows it. */
const char *grouping_name(enum grouping by);
bool grouping_parse(const char *name, enum grouping *by);

/* "definite", "indirect" ...: as --show takes it and JSON shows it. */
const char *leak_verdict_name(enum leak_verdict verdict);
bool leak_verdict_parse(const char *name, enum leak_verdict *verdict);

/* "site", "node", "module". */
const char *leak_grouping_name(enum leak_grouping by);
bool leak_grouping_parse(const char *name, enum leak_grouping *by);

/* "growing", "flat" ... */
const char *trend_name(enum trend_verdict verdict);

/* Every name of a kind with ", " between, for messages. */
const char *metric_names(void);
const char *grouping_names(void);

#endif
