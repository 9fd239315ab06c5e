#include "analyzer/whatif_orders.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "runner/bound.h"
#include "runner/graph_build.h"
#include "runner/order.h"
#include "runner/policy.h"
#include "runner/simulate.h"

enum { NODES_ORDERED_MAX = 200000 };

static const uint64_t BOUND_WORK = 20000000;

/* What one run says of its nodes, by id. */
struct measured {
	const struct dag_model *model;
	uint32_t run;
	uint64_t *size_bytes, *transient_bytes;
	uint32_t *number;               /* in the graph, plus 1; 0: not executed in this run */
	bool *in_place;                 /* took a dependency's block over */
	uint32_t *executed;             /* ids in the order of their first begin */
	uint32_t count;
	bool any_in_place;
};

static void measured_release(struct measured *measured)
{
	free(measured->size_bytes);
	free(measured->transient_bytes);
	free(measured->number);
	free(measured->in_place);
	free(measured->executed);
}

static int measured_init(struct measured *measured, const struct dag_model *model, uint32_t run)
{
	size_t limit = model->node_limit;

	*measured = (struct measured){
		.model = model, .run = run,
		.size_bytes = calloc(limit, sizeof(uint64_t)),
		.transient_bytes = calloc(limit, sizeof(uint64_t)),
		.number = calloc(limit, sizeof(uint32_t)), .executed = calloc(limit, sizeof(uint32_t)),
		.in_place = calloc(limit, sizeof(bool)),
	};
	return measured->size_bytes && measured->transient_bytes && measured->number &&
	       measured->in_place && measured->executed ? 0 : -1;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void measure(struct measured *measured)
{
	const struct loaded_dag *rows = measured->model->rows;

	for (size_t i = 0; i < rows->execution_count; i++) {
		const struct dag_execution_row *row = &rows->executions[i];

		if (row->run != measured->run || row->helper || row->node >= measured->model->node_limit)
			continue;
		if (!measured->number[row->node]) {
			measured->executed[measured->count++] = row->node;
			measured->number[row->node] = measured->count;
		}
		measured->transient_bytes[row->node] =
			larger(measured->transient_bytes[row->node], row->transient_bytes);
	}
	for (size_t i = 0; i < measured->model->result_count; i++) {
		const struct dag_model_result *result = &measured->model->results[i];

		if (result->run != measured->run)
			continue;
		measured->size_bytes[result->node] =
			larger(measured->size_bytes[result->node], result->heap_bytes);
		if (result->taken && result->freed_by && result->freed_by < measured->model->node_limit)
			measured->in_place[result->freed_by] = measured->any_in_place = true;
	}
}

/* --- As a graph of the runner -------------------------------------------------------------- */

static int add_nodes(const struct measured *measured, struct graph_builder *builder,
		     struct error *err)
{
	for (uint32_t i = 0; i < measured->count; i++) {
		uint32_t id = measured->executed[i], number;
		uint64_t size = measured->size_bytes[id], most = measured->transient_bytes[id];
		char name[16];
		struct node_spec spec = {
			.name = name, .size_bytes = size,
			.transient_bytes = most > size ? most - size : 0,
			.flags = measured->in_place[id] ? NODE_IN_PLACE : 0,
		};

		spec.name_length = (size_t)snprintf(name, sizeof name, "%" PRIu32, id);
		if (graph_builder_add(builder, &spec, &number, err) != 0)
			return err->code;
	}
	return 0;
}

static int add_edges(const struct measured *measured, struct graph_builder *builder,
		     struct error *err)
{
	const struct loaded_dag *rows = measured->model->rows;

	for (size_t i = 0; i < rows->edge_count; i++) {
		uint32_t node = rows->edges[i].node, dependency = rows->edges[i].dependency;

		if (node >= measured->model->node_limit || dependency >= measured->model->node_limit ||
		    !measured->number[node] || !measured->number[dependency])
			continue;
		if (graph_builder_depend(builder, measured->number[node] - 1,
					 measured->number[dependency] - 1, err) != 0)
			return err->code;
	}
	return 0;
}

static int request_outputs(const struct measured *measured, struct graph_builder *builder,
			   struct error *err)
{
	const struct loaded_dag *rows = measured->model->rows;
	char name[16];

	for (size_t i = 0; i < rows->sum_count; i++) {
		uint32_t id = rows->sums[i].node;

		if (!rows->sums[i].requested || id >= measured->model->node_limit ||
		    !measured->number[id])
			continue;
		int length = snprintf(name, sizeof name, "%" PRIu32, id);

		if (graph_builder_request(builder, name, (size_t)length, 0, err) != 0)
			return err->code;
	}
	return 0;
}

static int make_graph(const struct measured *measured, struct graph **graph, struct error *err)
{
	struct graph_builder *builder = graph_builder_new("the run", NULL);
	int code = builder ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for the run's graph");

	if (code == 0)
		code = add_nodes(measured, builder, err);
	if (code == 0)
		code = add_edges(measured, builder, err);
	if (code == 0)
		code = request_outputs(measured, builder, err);
	if (code == 0)
		code = graph_builder_finish(builder, graph, err);
	graph_builder_free(builder);
	return code;
}

/* --- What the runner says of it --------------------------------------------------------------- */

/* Results made in place need a policy that lets them. */
static int simulate_order(const struct plan *plan, const struct order *order, bool in_place,
			  uint64_t *peak_bytes, struct error *err)
{
	const struct policy *policy = in_place ? &policy_donate : &policy_refcount_path;
	struct simulation simulation;
	uint32_t *sequence;
	int code = order_make(order, plan, &sequence, err);

	if (code != 0)
		return code;
	code = simulate(plan, sequence, policy, NULL, &simulation, err);
	free(sequence);
	if (code == 0)
		*peak_bytes = simulation.peak_bytes;
	return code;
}

static void add_order(struct view_dag_what_if *view, const char *name, uint64_t peak_bytes)
{
	view->orders[view->order_count++] = (struct view_dag_order){
		name, view->other_bytes + peak_bytes
	};
}

/* The order they ran in is the graph's own; what of its peak was no result stays beside the others. */
static int ask(const struct plan *plan, bool in_place, struct view_dag_what_if *view,
	       struct error *err)
{
	static const struct order *const others[] = { &order_greedy, &order_liu, &order_best };
	struct bound_options options = BOUND_OPTIONS_INIT;
	struct bound bound;
	uint64_t peak_bytes;
	int code = simulate_order(plan, &order_file, in_place, &peak_bytes, err);

	if (code != 0)
		return code;
	view->other_bytes = view->peak_bytes > peak_bytes ? view->peak_bytes - peak_bytes : 0;
	add_order(view, "same", view->peak_bytes - view->other_bytes);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		code = simulate_order(plan, others[i], in_place, &peak_bytes, err);
		if (code == ERROR_NO_MEMORY)
			return code;
		if (code == 0)          /* else it is too large for this order */
			add_order(view, others[i]->name, peak_bytes);
	}
	options.in_place = in_place;
	options.work = BOUND_WORK;
	code = bound_compute(plan, &options, &bound, err);
	if (code == 0)
		view->lower_bound_bytes = view->other_bytes + bound.bytes;
	return code;
}

static int ask_of_run(const struct measured *measured, struct view_dag_what_if *view,
		      struct error *err)
{
	struct plan plan = { .graph = NULL };
	struct graph *graph = NULL;
	int code = make_graph(measured, &graph, err);

	if (code == 0)
		code = plan_init(&plan, graph, err);
	if (code == 0)
		code = ask(&plan, measured->any_in_place, view, err);
	plan_release(&plan);
	if (graph)
		graph_free(graph);
	return code;
}

int whatif_orders(const struct whatif *whatif, const struct dag_model *model, struct arena *arena,
		  struct view_dag_what_if *view, struct error *err)
{
	struct measured measured;
	int code = measured_init(&measured, model, whatif->moments[whatif->peak_moment].run);

	view->lower_bound_bytes = VIEW_NOT_KNOWN;
	view->orders = arena_alloc_array(arena, 4, sizeof *view->orders);
	if (code != 0 || !view->orders)
		code = error_set(err, ERROR_NO_MEMORY, "no memory for the orders of a run");
	if (code == 0) {
		measure(&measured);
		if (measured.count && measured.count <= NODES_ORDERED_MAX)
			code = ask_of_run(&measured, view, err);
	}
	measured_release(&measured);
	return code == ERROR_NO_MEMORY ? code : 0;
}
