#include "reports/check_words.h"

#include <inttypes.h>

#include "base/units.h"
#include "reports/frame_label.h"
#include "reports/place.h"
#include "reports/report.h"

static const char *const QUANTITY_NAMES[CHECK_QUANTITIES] = {
	[CHECK_PEAK] = "peak", [CHECK_LIVE] = "live", [CHECK_LEAK] = "leak", [CHECK_TOTAL] = "total",
	[CHECK_ALLOCATIONS] = "allocations", [CHECK_TEMPORARY] = "temporary",
	[CHECK_TRANSIENT] = "transient", [CHECK_RETAINED] = "retained",
};

static const char *const SCOPE_NAMES[CHECK_SCOPES] = {
	[CHECK_PROCESS] = "process", [CHECK_LINE] = "line", [CHECK_FUNCTION] = "function",
	[CHECK_FILE] = "file", [CHECK_MODULE] = "module", [CHECK_NODE] = "node",
};

static const char *const KIND_NAMES[] = {
	[CHECK_LIMIT] = "limit", [CHECK_GROWTH] = "growth", [CHECK_NEW_SITE] = "new-site",
};

const char *check_quantity_name(enum check_quantity quantity)
{
	return QUANTITY_NAMES[quantity];
}

const char *check_scope_name(enum check_scope scope)
{
	return SCOPE_NAMES[scope];
}

const char *check_kind_name(enum check_kind kind)
{
	return KIND_NAMES[kind];
}

static bool is_counted(enum check_quantity quantity)
{
	return quantity == CHECK_ALLOCATIONS || quantity == CHECK_TEMPORARY;
}

void check_add_value(struct text *text, enum check_quantity quantity, uint64_t value)
{
	if (is_counted(quantity))
		text_printf(text, "%" PRIu64 " allocation%s", value, value == 1 ? "" : "s");
	else
		text_add(text, units_size(value).text);
}

static void add_compared(struct text *text, enum check_quantity quantity, uint64_t value,
			 uint64_t allowed)
{
	check_add_value(text, quantity, value);
	text_add(text, value > allowed ? ", " : " of ");
	check_add_value(text, quantity, allowed);
	text_add(text, " allowed");
	if (value <= allowed)
		return;
	text_add(text, ": ");
	check_add_value(text, quantity, value - allowed);
	text_add(text, " too much");
}

static void add_growth(struct text *text, const struct view_check_item *item)
{
	check_add_value(text, item->quantity, item->value);
	text_add(text, ", ");
	check_add_value(text, item->quantity, item->before);
	text_add(text, " before");
	if (item->before)
		text_printf(text, " (%+.1f %%)", 100 * ((double)item->value / (double)item->before - 1));
	text_add(text, ", ");
	check_add_value(text, item->quantity, item->allowed);
	text_add(text, " allowed");
}

static void add_rows(struct text *text, const struct view_check_item *item)
{
	const char *scope = check_scope_name(item->scope);

	if (!item->matched) {
		text_printf(text, "no such %s", scope);
	} else if (item->over) {
		text_printf(text, "%" PRIu64 " of %" PRIu64 " %s%s over ", item->over, item->matched, scope,
			    item->matched == 1 ? "" : "s");
		check_add_value(text, item->quantity, item->allowed);
	} else {
		text_printf(text, "%" PRIu64 " %s%s, the largest ", item->matched, scope,
			    item->matched == 1 ? "" : "s");
		add_compared(text, item->quantity, item->value, item->allowed);
	}
}

static void add_new_sites(struct text *text, const struct view_check_item *item)
{
	if (!item->over)
		text_add(text, "none");
	else
		text_printf(text, "%" PRIu64 " function%s", item->over, item->over == 1 ? "" : "s");
	text_add(text, " of more than ");
	check_add_value(text, item->quantity, item->allowed);
	text_add(text, " that the baseline lacks");
}

/* Several threads: the peak is known to within this. */
static void add_bound(struct text *text, const struct view_check *view,
		      const struct view_check_item *item)
{
	uint64_t distance = item->value > item->allowed ? item->value - item->allowed
							 : item->allowed - item->value;

	if (item->quantity == CHECK_PEAK && item->scope == CHECK_PROCESS &&
	    distance < view->peak_bound_bytes)
		text_printf(text, " (known to within %s)", units_size(view->peak_bound_bytes).text);
}

void check_add_verdict(struct text *text, const struct view_check *view,
		       const struct view_check_item *item)
{
	if (item->kind == CHECK_NEW_SITE)
		add_new_sites(text, item);
	else if (item->kind == CHECK_GROWTH)
		add_growth(text, item);
	else if (item->scope == CHECK_PROCESS)
		add_compared(text, item->quantity, item->value, item->allowed);
	else
		add_rows(text, item);
	add_bound(text, view, item);
}

static void add_place(struct text *text, const struct view_check_item *item,
		      const struct view_check_row *row, const struct report_options *options)
{
	if (row->name && item->scope != CHECK_NODE) {
		frame_label_name(text, item->scope == CHECK_MODULE ? place_module(row->name, options)
								  : place_path(row->name, options));
	} else if (row->name) {
		frame_label_name(text, row->name);
	} else if (!row->frame.file || item->scope == CHECK_FUNCTION || item->kind != CHECK_LIMIT) {
		frame_label(text, &row->frame, true);
	} else {
		frame_label_name(text, place_path(row->frame.file, options));
		text_printf(text, ":%" PRIu32, row->frame.line);
	}
}

void check_add_row(struct text *text, const struct view_check_item *item,
		   const struct view_check_row *row, const struct report_options *options)
{
	add_place(text, item, row, options);
	text_add(text, ": ");
	check_add_value(text, item->quantity, row->value);
	if (row->before == VIEW_NOT_KNOWN)
		return;
	text_add(text, ", ");
	check_add_value(text, item->quantity, row->before);
	text_add(text, " before");
}

void check_add_sum(struct text *text, const struct view_check *view)
{
	text_printf(text, "%zu check%s, ", view->item_count, view->item_count == 1 ? "" : "s");
	if (view->failed)
		text_printf(text, "%zu failed", view->failed);
	else
		text_add(text, "all passed");
}
