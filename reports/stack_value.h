/*
 * stack_value: what a metric means of the stacks of a view_stacks.
 *
 * Sums of these are what `dagmem top` shows as its total.
 */
#ifndef DAGMEM_REPORTS_STACK_VALUE_H
#define DAGMEM_REPORTS_STACK_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/view.h"
#include "analyzer/view_stacks.h"

/* All zero when the metric is not about such stacks: mappings, pools. */
struct view_total stack_value(const struct view_stack *stack, enum metric metric);

/* Of a row of a snapshot; METRIC_PEAK is 0: not known there. */
struct view_total stack_value_then(const struct view_stacks *view,
				   const struct view_snapshot_row *row, enum metric metric);

/* The number that the metric ranks by: bytes, or how many. */
uint64_t stack_weight(struct view_total value, enum metric metric);

struct view_total stack_total(const struct view_stacks *view, enum metric metric);

#endif
