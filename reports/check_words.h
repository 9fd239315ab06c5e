/*
 * check_words: what a check found, in the words that all its reports use.
 */
#ifndef DAGMEM_REPORTS_CHECK_WORDS_H
#define DAGMEM_REPORTS_CHECK_WORDS_H

#include "analyzer/view.h"
#include "analyzer/view_check.h"
#include "base/text.h"

struct report_options;

/* "peak", "live", ...: the word in "max-peak". */
const char *check_quantity_name(enum check_quantity quantity);

/* "process", "line", "function", ... */
const char *check_scope_name(enum check_scope scope);

/* "limit", "growth", "new-site". */
const char *check_kind_name(enum check_kind kind);

/* "200.0 MiB", or "1200 allocations". */
void check_add_value(struct text *text, enum check_quantity quantity, uint64_t value);

/* "4.1 MiB, which is 2.1 MiB more than the 2.0 MiB allowed", "1 of 3 nodes over 200.0 MiB", ... */
void check_add_verdict(struct text *text, const struct view_check *view,
		       const struct view_check_item *item);

/* "src/load.c:33 (load_table): 19.1 MiB, 512.0 KiB before". */
void check_add_row(struct text *text, const struct view_check_item *item,
		   const struct view_check_row *row, const struct report_options *options);

/* "check: 3 of 5 failed". */
void check_add_sum(struct text *text, const struct view_check *view);

#endif
