/*
 * json_dag: the DAG for programs.  Nodes are told by name, times are ns since
 * the start, byte-seconds have a fraction; what is not known is null.
 *
 * jansson takes NULL for a value, frees the rest and gives NULL in turn, as in
 * json.c.
 */
#include "reports/json_parts.h"

#define N json_parts_number
#define T json_parts_text

static const char *name_of(const struct view_dag *view, uint32_t node)
{
	return node < view->node_count ? view->nodes[node].name : NULL;
}

static json_t *iteration_of(const struct view_dag *view, uint32_t run)
{
	return run < view->run_count ? N(view->runs[run].iteration) : json_null();
}

static json_t *holder_of(const struct view_dag_node *node)
{
	if (!node->held_bytes)
		return json_null();
	return json_parts_merge(json_parts_frame(&node->held_by),
				json_pack("{s:o}", "bytes", N(node->held_bytes)));
}

static json_t *node_at(const void *nodes, size_t index)
{
	const struct view_dag_node *node = (const struct view_dag_node *)nodes + index;
	json_t *json = json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "name", T(node->name),
				 "declared", N(node->declared), "requested", node->requested,
				 "executions", N(node->executions), "failed", N(node->failed),
				 "running", N(node->running), "busy_ns", N(node->busy_ns));

	if (node->processes)
		json = json_parts_merge(json, json_pack("{s:o}", "processes", N(node->processes)));

	json = json_parts_merge(json, json_pack(
		"{s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}",
		"allocated_bytes", N(node->allocated_bytes), "allocations", N(node->allocations),
		"retained_bytes", (json_int_t)node->retained_bytes,
		"transient_bytes", N(node->transient_bytes), "helper_bytes", N(node->helper_bytes),
		"at_peak_bytes", N(node->at_peak_bytes), "at_peak_count", N(node->at_peak_count),
		"live_bytes", N(node->live_bytes), "live_count", N(node->live_count)));
	return json_parts_merge(json, json_pack(
		"{s:o, s:o, s:f, s:f, s:f, s:f, s:o}", "results", N(node->results),
		"result_bytes", N(node->result_bytes), "lag_byte_s", node->lag_byte_s,
		"use_byte_s", node->use_byte_s, "drag_byte_s", node->drag_byte_s,
		"void_byte_s", node->void_byte_s, "held_by", holder_of(node)));
}

static json_t *edge_at(const void *context, size_t index)
{
	const struct view_dag *view = context;

	return json_pack("[o, o]", T(name_of(view, view->edges[index].node)),
			 T(name_of(view, view->edges[index].consumer)));
}

static json_t *run_at(const void *runs, size_t index)
{
	const struct view_dag_run *run = (const struct view_dag_run *)runs + index;

	return json_pack("{s:o, s:o, s:o, s:o, s:i, s:o}", "name", T(run->name),
			 "iteration", N(run->iteration), "begin_ns", N(run->begin_ns),
			 "end_ns", N(run->end_ns), "status", run->status,
			 "heap_bytes", N(run->heap_bytes));
}

static json_t *result_at(const void *context, size_t index)
{
	const struct view_dag *view = context;
	const struct view_dag_result *result = &view->results[index];
	json_t *json = json_pack("{s:o, s:o, s:o, s:o, s:b, s:b}", "node", T(name_of(view, result->node)),
				 "iteration", iteration_of(view, result->run), "bytes", N(result->bytes),
				 "parts", N(result->parts), "requested", result->requested,
				 "taken", result->taken);

	json = json_parts_merge(json, json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "produced_ns", N(result->produced_ns),
		"first_use_ns", N(result->first_use_ns), "last_use_ns", N(result->last_use_ns),
		"released_ns", N(result->released_ns), "freed_ns", N(result->freed_ns),
		"last_consumer", T(name_of(view, result->last_consumer)),
		"freed_by", T(name_of(view, result->freed_by))));
	return json_parts_merge(json, json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f}", "lag_ns", N(result->lag_ns),
		"use_ns", N(result->use_ns), "drag_ns", N(result->drag_ns),
		"void_ns", N(result->void_ns), "unreleased_ns", N(result->unreleased_ns),
		"unfreed_ns", N(result->unfreed_ns), "drag_byte_s", result->drag_byte_s,
		"void_byte_s", result->void_byte_s));
}

static json_t *order_at(const void *orders, size_t index)
{
	const struct view_dag_order *order = (const struct view_dag_order *)orders + index;

	return json_pack("{s:o, s:o}", "order", T(order->name), "peak_bytes", N(order->peak_bytes));
}

static json_t *saving_at(const void *context, size_t index)
{
	const struct view_dag *view = context;
	const struct view_dag_saving *saving = &view->what_if.savings[index];

	return json_pack("{s:o, s:o, s:o, s:o, s:f}", "node", T(name_of(view, saving->node)),
			 "after", T(name_of(view, saving->after)), "peak_bytes", N(saving->peak_bytes),
			 "held_bytes", N(saving->bytes), "share", saving->share);
}

static json_t *what_if(const struct view_dag *view)
{
	const struct view_dag_what_if *from = &view->what_if;
	json_t *json = json_pack("{s:b, s:b, s:o, s:o, s:o, s:o, s:o}", "known", from->known,
				 "exact", from->exact, "measured_bytes", N(from->measured_bytes),
				 "peak_bytes", N(from->known ? from->peak_bytes : VIEW_NOT_KNOWN),
				 "held_bytes", N(from->held_bytes), "other_bytes", N(from->other_bytes),
				 "lower_bound_bytes", N(from->lower_bound_bytes));

	return json_parts_merge(json, json_pack(
		"{s:o, s:o, s:o, s:o}",
		"orders", json_parts_array(from->order_count, order_at, from->orders),
		"savings", json_parts_array(from->saving_count, saving_at, view),
		"executions", N(from->executions), "executions_known", N(from->executions_known)));
}

/* --- Growth ---------------------------------------------------------------------------------- */

static json_t *point_at(const void *points, size_t index)
{
	const struct view_sample *point = (const struct view_sample *)points + index;

	return json_pack("[o, o]", N(point->time_ns), N(point->value));
}

static json_t *line_at(const void *lines, size_t index)
{
	const struct view_dag_growth_line *line = (const struct view_dag_growth_line *)lines + index;

	return json_parts_merge(json_parts_frame(&line->frame),
				json_pack("{s:f, s:f}", "bytes_per_execution", line->bytes_per_execution,
					  "blocks_per_execution", line->blocks_per_execution));
}

static json_t *growth_at(const void *context, size_t index)
{
	const struct view_dag *view = context;
	const struct view_dag_growth *growth = &view->growth[index];
	json_t *json = json_pack("{s:o, s:s, s:f, s:f, s:f, s:f, s:f, s:o}",
				 "node", T(name_of(view, growth->node)),
				 "verdict", growth->trend.verdict == TREND_GROWING ? "leak" : "levels off",
				 "bytes_per_execution", growth->trend.slope, "low", growth->trend.low,
				 "high", growth->trend.high, "confidence", growth->trend.confidence,
				 "blocks_per_execution", growth->blocks_per_execution,
				 "since_iteration", N(growth->since_iteration));

	return json_parts_merge(json, json_pack(
		"{s:o, s:o}", "points", json_parts_array(growth->point_count, point_at, growth->points),
		"lines", json_parts_array(growth->line_count, line_at, growth->lines)));
}

/* --- All --------------------------------------------------------------------------------------- */

static json_t *finding_at(const void *context, size_t index)
{
	static const char *const KINDS[] = {
		[FINDING_DRAG] = "drag", [FINDING_VOID] = "void", [FINDING_LAG] = "lag",
		[FINDING_LEAK] = "leak", [FINDING_UNFREED] = "unfreed", [FINDING_MISUSE] = "misuse",
	};
	const struct view_dag *view = context;
	const struct view_dag_finding *finding = &view->findings[index];

	return json_pack("{s:s, s:o, s:f, s:o}", "kind", KINDS[finding->kind],
			 "node", T(name_of(view, finding->node)), "weight", finding->weight,
			 "text", T(finding->text));
}

static json_t *misuse_at(const void *misuses, size_t index)
{
	const struct view_dag_misuse *misuse = (const struct view_dag_misuse *)misuses + index;

	return json_pack("{s:o, s:o}", "what", T(misuse->what), "node", T(misuse->name));
}

int json_dag(const struct view_dag *view, const struct report_options *options, FILE *out,
	     struct error *err)
{
	json_t *json = json_pack("{s:s, s:{s:o, s:o, s:o}, s:o, s:o}", "schema", "dagmem.dag-show/1",
				 "peak", "bytes", N(view->peak_bytes), "bound_bytes", N(view->peak_bound_bytes),
				 "time_ns", N(view->peak_time_ns), "what_if", what_if(view),
				 "nodes", json_parts_array(view->node_count, node_at, view->nodes));

	(void)options;
	json = json_parts_merge(json, json_pack(
		"{s:o, s:o, s:o, s:o, s:o}", "outside_at_peak_bytes", N(view->outside_at_peak_bytes),
		"edges", json_parts_array(view->edge_count, edge_at, view),
		"runs", json_parts_array(view->run_count, run_at, view->runs),
		"results", json_parts_array(view->result_count, result_at, view),
		"growth", json_parts_array(view->growth_count, growth_at, view)));
	json = json_parts_merge(json, json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "executions", N(view->executions_ended),
		"runs_begun", N(view->runs_begun), "duration_ns", N(view->duration_ns),
		"findings", json_parts_array(view->finding_count, finding_at, view),
		"misuses", json_parts_array(view->misuse_count, misuse_at, view->misuses),
		"quality", json_parts_quality(&view->quality),
		"process", json_parts_process(&view->process)));
	if (view->processes)
		json = json_parts_merge(json, json_pack("{s:o}", "processes", N(view->processes)));
	return json_parts_print(json, out, err);
}
