/*
 * view_check: what reports see of a gate: the limits, and what passed them.
 */
#ifndef DAGMEM_ANALYZER_VIEW_CHECK_H
#define DAGMEM_ANALYZER_VIEW_CHECK_H

#include "analyzer/view.h"

enum check_quantity {
	CHECK_PEAK,                     /* bytes */
	CHECK_LIVE,                     /* bytes live at the end */
	CHECK_LEAK,                     /* bytes that nothing holds */
	CHECK_TOTAL,                    /* bytes ever allocated */
	CHECK_ALLOCATIONS,
	CHECK_TEMPORARY,                /* allocations freed before the thread's next one */
	CHECK_TRANSIENT,                /* of a DAG node: the most that one execution added */
	CHECK_RETAINED,                 /* of a DAG node: still there when its executions ended */
	CHECK_QUANTITIES,
};

enum check_scope {
	CHECK_PROCESS, CHECK_LINE, CHECK_FUNCTION, CHECK_FILE, CHECK_MODULE, CHECK_NODE, CHECK_SCOPES
};

enum check_kind {
	CHECK_LIMIT,                    /* no more than so much */
	CHECK_GROWTH,                   /* no more than the baseline's, with a tolerance */
	CHECK_NEW_SITE,                 /* no function of more than so much that the baseline lacks */
};

/* What a check complains of, or what stands behind it. */
struct view_check_row {
	uint64_t value, before;         /* before: VIEW_NOT_KNOWN without baseline */
	struct view_frame frame;
	const char *name;               /* of a file, module or node; else NULL */
};

struct view_check_item {
	const char *text;               /* as it was written: "max-peak node:join=200MiB" */
	const char *file;               /* the budget; NULL: the command line */
	uint32_t line;
	enum check_kind kind;
	enum check_quantity quantity;
	enum check_scope scope;
	bool passed;
	uint64_t value;                 /* the process's, or of the largest row that it is about */
	uint64_t allowed;
	uint64_t before;                /* VIEW_NOT_KNOWN without baseline */
	uint64_t matched, over;         /* rows that it is about; of these over it */
	/* Those over it, largest first; of the process: what holds most, or grew most. */
	struct view_check_row *rows;
	size_t row_count;
};

struct view_check {
	struct arena arena;
	struct view_process process;
	const char *baseline_path;      /* NULL: none */
	struct view_check_item *items;
	size_t item_count, failed;
	uint64_t peak_bound_bytes;
	struct view_quality quality;
};

/* As in view.h: the struct itself is not freed, an empty view is fine. */
void view_check_free(struct view_check *view);

#endif
