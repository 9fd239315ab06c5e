#include "reports/stack_value.h"

#include "analyzer/view_stacks.h"
#include "reports/names.h"

/* Pools lie in heap blocks: counted there. */
static bool is_about(enum metric metric, enum view_kind kind)
{
	return kind == (metric == METRIC_MAPPED ? VIEW_MAPPING
		      : metric == METRIC_POOL ? VIEW_POOL : VIEW_HEAP);
}

struct view_total stack_value(const struct view_stack *stack, enum metric metric)
{
	if (!is_about(metric, stack->kind))
		return (struct view_total){ 0, 0, 0 };
	switch (metric) {
	case METRIC_PEAK:
		return stack->peak;
	case METRIC_TOTAL:
	case METRIC_COUNT:
		return stack->total;
	case METRIC_TEMPORARY:
		return (struct view_total){ 0, stack->temporaries, 0 };
	default:
		return stack->live;
	}
}

struct view_total stack_value_then(const struct view_stacks *view,
				   const struct view_snapshot_row *row, enum metric metric)
{
	const struct view_stack then = {
		.kind = view->stacks[row->stack].kind, .live = row->live, .total = row->total,
		.temporaries = row->temporaries,
	};

	return stack_value(&then, metric);
}

uint64_t stack_weight(struct view_total value, enum metric metric)
{
	return metric_counts(metric) ? value.count : value.bytes;
}

struct view_total stack_total(const struct view_stacks *view, enum metric metric)
{
	struct view_total total = { 0, 0, 0 };

	for (size_t i = 0; i < view->stack_count; i++) {
		struct view_total value = stack_value(&view->stacks[i], metric);

		total.bytes += value.bytes;
		total.count += value.count;
		total.usable_bytes += value.usable_bytes;
	}
	return total;
}
