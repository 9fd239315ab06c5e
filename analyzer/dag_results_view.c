#include "analyzer/dag_parts.h"

#include <stdlib.h>

/* --- Runs and executions ------------------------------------------------------------------ */

static uint32_t run_place(const struct dag_parts *parts, uint32_t number)
{
	const struct dag_run_row *run = number ? dag_model_run(parts->model, number) : NULL;

	return run ? (uint32_t)(run - parts->model->rows->runs) : VIEW_NO_NODE;
}

void dag_runs_fill(struct dag_parts *parts)
{
	const struct loaded_dag *rows = parts->model->rows;
	struct view_dag *view = parts->view;

	view->runs = fill_array(parts->fill, rows->run_count, sizeof *view->runs);
	for (size_t i = 0; view->runs && i < rows->run_count; i++)
		view->runs[view->run_count++] = (struct view_dag_run){
			.name = fill_text(parts->fill, rows->runs[i].name),
			.iteration = rows->runs[i].iteration, .begin_ns = rows->runs[i].begin_ns,
			.end_ns = rows->runs[i].end_ns, .status = rows->runs[i].status,
			.heap_bytes = rows->runs[i].heap_bytes,
		};
	view->runs_begun = rows->run_count ? rows->runs[rows->run_count - 1].number : 0;
	view->executions = fill_array(parts->fill, rows->execution_count, sizeof *view->executions);
	for (size_t i = 0; view->executions && i < rows->execution_count; i++) {
		const struct dag_execution_row *row = &rows->executions[i];
		uint32_t node = dag_parts_node(parts, row->node);

		if (node != VIEW_NO_NODE)
			view->executions[view->execution_count++] = (struct view_dag_execution){
				.node = node, .run = run_place(parts, row->run), .thread = row->shard,
				.begin_ns = row->begin_ns, .end_ns = row->end_ns,
				.transient_bytes = row->transient_bytes,
				.allocated_bytes = row->allocated_bytes,
				.helper = row->helper, .failed = row->failed,
			};
	}
}

/* --- Results ------------------------------------------------------------------------------- */

static uint64_t between(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

static double byte_seconds(uint64_t bytes, uint64_t ns)
{
	return (double)bytes * ((double)ns / 1e9);
}

static void measure_life(const struct dag_model *model, const struct dag_model_result *from,
			 struct view_dag_result *to)
{
	uint64_t gone = dag_model_gone(model, from->freed_ns);
	bool used = from->first_use_ns != UINT64_MAX;
	uint64_t last = used && from->last_use_ns < gone ? from->last_use_ns : gone;

	if (!used) {
		to->void_ns = from->use_known && !from->requested ? between(from->produced_ns, gone) : 0;
		return;
	}
	to->lag_ns = between(from->produced_ns, from->first_use_ns);
	to->use_ns = between(from->first_use_ns, last);
	to->drag_ns = from->requested ? 0 : between(last, gone);
	if (from->requested)
		return;
	to->unreleased_ns = from->released_ns != UINT64_MAX ? between(last, from->released_ns)
							    : to->drag_ns;
	if (from->released_ns != UINT64_MAX)
		to->unfreed_ns = between(from->released_ns, gone);
}

/* Each part is held to its own free. */
static void weigh(const struct dag_model *model, const struct dag_model_result *from,
		  struct view_dag_result *to)
{
	uint64_t used_to = from->last_use_ns;

	for (size_t i = 0; i < from->parts; i++) {
		const struct dag_result_row *part = &from->part[i];
		uint64_t gone = dag_model_gone(model, part->freed_ns);

		if (to->void_ns)
			to->void_byte_s += byte_seconds(part->bytes, between(part->produced_ns, gone));
		else if (to->drag_ns)
			to->drag_byte_s += byte_seconds(part->bytes, between(used_to, gone));
	}
}

static struct view_dag_result life_of(const struct dag_parts *parts,
				      const struct dag_model_result *from)
{
	struct view_dag_result to = {
		.node = dag_parts_node(parts, from->node), .run = run_place(parts, from->run),
		.bytes = from->bytes, .parts = from->parts, .requested = from->requested,
		.taken = from->taken, .produced_ns = from->produced_ns,
		.first_use_ns = from->first_use_ns, .last_use_ns = from->last_use_ns,
		.released_ns = from->released_ns, .freed_ns = from->freed_ns,
		.last_consumer = dag_parts_node(parts, from->last_consumer),
		.freed_by = dag_parts_node(parts, from->freed_by),
		.unfreed_ns = VIEW_NOT_KNOWN,
	};

	measure_life(parts->model, from, &to);
	weigh(parts->model, from, &to);
	return to;
}

static void add_to_node(struct view_dag_node *node, const struct view_dag_result *result)
{
	node->results++;
	if (result->bytes > node->result_bytes)
		node->result_bytes = result->bytes;
	node->drag_byte_s += result->drag_byte_s;
	node->void_byte_s += result->void_byte_s;
	node->lag_byte_s += byte_seconds(result->bytes, result->lag_ns);
	node->use_byte_s += byte_seconds(result->bytes, result->use_ns);
}

static int by_waste(const void *a, const void *b)
{
	const struct view_dag_result *x = a, *y = b;
	double left = x->drag_byte_s + x->void_byte_s, right = y->drag_byte_s + y->void_byte_s;

	if (left != right)
		return left > right ? -1 : 1;
	return (x->produced_ns > y->produced_ns) - (x->produced_ns < y->produced_ns);
}

void dag_results_fill(struct dag_parts *parts)
{
	const struct dag_model *model = parts->model;
	struct view_dag *view = parts->view;

	view->results = fill_array(parts->fill, model->result_count, sizeof *view->results);
	for (size_t i = 0; view->results && i < model->result_count; i++) {
		struct view_dag_result result = life_of(parts, &model->results[i]);

		if (result.node == VIEW_NO_NODE)
			continue;
		add_to_node(&view->nodes[result.node], &result);
		view->results[view->result_count++] = result;
	}
	if (view->results && view->result_count)
		qsort(view->results, view->result_count, sizeof *view->results, by_waste);
}
