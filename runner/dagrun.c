/*
 * The library's public face (include/dagrun.h): a graph of C functions.
 */
#include "dagrun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/bound.h"
#include "runner/budget.h"
#include "runner/execute.h"
#include "runner/graph_build.h"
#include "runner/grow.h"
#include "runner/order.h"
#include "runner/results.h"

_Static_assert((int)DAGRUN_IN_PLACE == (int)NODE_IN_PLACE, "flags are passed on");
_Static_assert((int)DAGRUN_NO_MEMORY == (int)ERROR_NO_MEMORY &&
	       (int)DAGRUN_SYSTEM == (int)ERROR_SYSTEM && (int)DAGRUN_INVALID == (int)ERROR_FORMAT &&
	       (int)DAGRUN_USAGE == (int)ERROR_USAGE && (int)DAGRUN_LIMIT == (int)ERROR_LIMIT &&
	       (int)DAGRUN_CANCELLED == (int)ERROR_CANCELLED && (int)DAGRUN_FAILED == (int)ERROR_FAILED,
	       "codes are passed on");

/* What a node does. */
struct task {
	dagrun_function run;
	dagrun_destructor destroy;      /* of a map: of its items */
	void *context;
	int (*count)(struct dagrun_call *call, size_t *count);
	int (*item)(struct dagrun_call *call, size_t index);
	struct dagrun_graph *block;     /* of a map, ours */
	struct dagrun_value value;      /* of an input */
};

struct dagrun_graph {
	struct graph_builder *builder;  /* NULL once `graph` is there */
	struct graph *graph;
	bool borrowed;                  /* `graph` belongs to the map whose block it is */
	struct task *tasks;             /* by node */
	size_t task_count, task_capacity;
	/* Of the last successful run; its lower bound waits for somebody to ask. */
	struct dagrun_stats stats;
	uint8_t *unbounded_flags;       /* the graph's as that run saw them; NULL: nothing waits */
};

static int pass_on(struct dagrun_error *error, const struct error *err, int code)
{
	if (error && code != 0) {
		error->code = code;
		memcpy(error->message, err->message, sizeof error->message);
	}
	return code;
}

_Static_assert(sizeof ((struct dagrun_error *)NULL)->message == sizeof ((struct error *)NULL)->message,
	       "messages are passed on");

struct dagrun_graph *dagrun_graph_new(void)
{
	struct dagrun_graph *graph = calloc(1, sizeof *graph);

	if (!graph)
		return NULL;
	graph->builder = graph_builder_new("graph", NULL);
	if (graph->builder)
		return graph;
	free(graph);
	return NULL;
}

/* Blocks hold no maps: this goes one level deep. */
void dagrun_graph_free(struct dagrun_graph *graph)
{
	if (!graph)
		return;
	for (size_t i = 0; i < graph->task_count; i++)
		dagrun_graph_free(graph->tasks[i].block);
	graph_builder_free(graph->builder);
	if (!graph->borrowed)
		graph_free(graph->graph);
	free(graph->unbounded_flags);
	free(graph->tasks);
	free(graph);
}

/* --- Building -------------------------------------------------------------------- */

/* Before anything is added: the graph may still grow, and the task will have its place. */
static int open_for(struct dagrun_graph *graph, const char *name, struct error *err)
{
	if (!graph->builder)
		return error_set(err, ERROR_USAGE, "nothing can be added after the first run");
	if (!name)
		return error_set(err, ERROR_USAGE, "a node has no name");
	struct task *tasks = grow(graph->tasks, &graph->task_capacity, graph->task_count + 1,
				  sizeof *tasks);
	if (!tasks)
		return error_set(err, ERROR_NO_MEMORY, "no memory for node '%.200s'", name);
	graph->tasks = tasks;
	return 0;
}

static int add_deps(struct dagrun_graph *graph, uint32_t node, const char *const *deps,
		    struct error *err)
{
	for (; deps && *deps; deps++)
		if (graph_builder_depend_on(graph->builder, node, *deps, strlen(*deps), 0, err) != 0)
			return err->code;
	return 0;
}

static int add(struct dagrun_graph *graph, const struct node_spec *spec, const char *const *deps,
	       const struct task *task, struct error *err)
{
	uint32_t node;

	if (graph_builder_add(graph->builder, spec, &node, err) != 0)
		return err->code;
	graph->tasks[graph->task_count++] = *task;
	return add_deps(graph, node, deps, err);
}

int dagrun_add(struct dagrun_graph *graph, const struct dagrun_node *node, struct dagrun_error *error)
{
	struct error err = ERROR_INIT;
	struct task task = { .run = node->run, .destroy = node->destroy, .context = node->context };
	int code = open_for(graph, node->name, &err);

	if (code == 0 && !node->run)
		code = error_set(&err, ERROR_USAGE, "node '%.200s' has no function", node->name);
	if (code == 0) {
		struct node_spec spec = {
			.name = node->name,
			.name_length = strlen(node->name),
			.size_bytes = node->size_bytes,
			.transient_bytes = node->transient_bytes,
			.flags = node->flags & DAGRUN_IN_PLACE,
		};

		code = add(graph, &spec, node->deps, &task, &err);
	}
	return pass_on(error, &err, code);
}

int dagrun_add_input(struct dagrun_graph *graph, const char *name, struct dagrun_value value,
		     struct dagrun_error *error)
{
	struct error err = ERROR_INIT;
	struct task task = { .value = value };
	int code = open_for(graph, name, &err);

	if (code == 0) {
		struct node_spec spec = { .name = name, .name_length = strlen(name), .flags = NODE_INPUT };

		code = add(graph, &spec, NULL, &task, &err);
	}
	return pass_on(error, &err, code);
}

/* Build it, unless that has been done; a graph that could not be built stays so. */
static int finish(struct dagrun_graph *graph, struct error *err)
{
	if (graph->graph)
		return 0;
	if (!graph->builder) {
		error_set(err, ERROR_USAGE, "the graph could not be built before");
		return ERROR_USAGE;
	}
	int code = graph_builder_finish(graph->builder, &graph->graph, err);
	graph_builder_free(graph->builder);
	graph->builder = NULL;
	return code;
}

static int finish_block(struct dagrun_graph *block, struct error *err)
{
	if (!block)
		return error_set(err, ERROR_USAGE, "a map has no block");
	if (block->borrowed)
		return error_set(err, ERROR_USAGE, "a block belongs to one map");
	int code = finish(block, err);
	if (code == 0 && !(block->graph->flags[0] & NODE_INPUT))
		code = error_set(err, ERROR_USAGE, "the block's first node is no input");
	return code;
}

static int add_map(struct dagrun_graph *graph, const struct dagrun_map *map, struct error *err)
{
	struct node_spec spec = { .name = map->name, .name_length = strlen(map->name) };
	struct task task = { .context = map->context, .destroy = map->destroy_item,
			     .count = map->count, .item = map->item, .block = map->block };
	uint32_t node;

	map->block->borrowed = true;
	int code = graph_builder_add_map(graph->builder, &spec, map->expected_items,
					 map->block->graph, &node, err);
	if (code != 0)
		return code;
	graph->tasks[graph->task_count++] = task;
	return add_deps(graph, node, map->deps, err);
}

int dagrun_add_map(struct dagrun_graph *graph, const struct dagrun_map *map, struct dagrun_error *error)
{
	struct error err = ERROR_INIT;
	size_t before = graph->task_count;
	int code = open_for(graph, map->name, &err);

	if (code == 0 && !map->count)
		code = error_set(&err, ERROR_USAGE, "map '%.200s' does not say how many items", map->name);
	if (code == 0)
		code = finish_block(map->block, &err);
	if (code == 0)
		code = add_map(graph, map, &err);
	if (graph->task_count == before)
		dagrun_graph_free(map->block);
	return pass_on(error, &err, code);
}

int dagrun_request(struct dagrun_graph *graph, const char *name, struct dagrun_error *error)
{
	struct error err = ERROR_INIT;
	int code = open_for(graph, name, &err);

	if (code == 0)
		code = graph_builder_request(graph->builder, name, strlen(name), 0, &err);
	return pass_on(error, &err, code);
}

/* --- What execute() calls ------------------------------------------------------------ */

static struct task *task_of(void *context, uint32_t node)
{
	struct dagrun_graph *graph = context;

	return &graph->tasks[node];
}

static int run_task(void *context, uint32_t node, struct dagrun_call *call)
{
	call->context = task_of(context, node)->context;
	return task_of(context, node)->run(call);
}

static void destroy_result(void *context, uint32_t node, struct dagrun_value value)
{
	struct task *task = task_of(context, node);

	if (task->destroy)
		task->destroy(value, task->context);
}

static int count_items(void *context, uint32_t node, struct dagrun_call *call, size_t *items)
{
	call->context = task_of(context, node)->context;
	return task_of(context, node)->count(call, items);
}

static int make_item(void *context, uint32_t node, struct dagrun_call *call, size_t index)
{
	struct task *task = task_of(context, node);

	call->context = task->context;
	return task->item ? task->item(call, index) : 0;
}

static void *block_of(void *context, uint32_t node)
{
	return task_of(context, node)->block;
}

static const struct task_ops task_ops = {
	.run = run_task,
	.destroy = destroy_result,
	.count = count_items,
	.item = make_item,
	.destroy_item = destroy_result,
	.block = block_of,
};

/* --- Running -------------------------------------------------------------------------- */

/* One run: the graph as it looks with this run's overrides. */
struct run {
	struct dagrun_graph *owner;
	const struct dagrun_options *options;
	struct graph graph;             /* flags are a copy; all else is the owner's */
	struct dagrun_value *inputs;    /* by node */
	const struct policy *policy;
	const struct order *order;
	struct plan plan;
	uint32_t *sequence;
};

static int choose(struct run *run, struct error *err)
{
	const struct dagrun_options *options = run->options;

	run->policy = options->policy ? policy_find(options->policy) : POLICY_DEFAULT;
	run->order = options->order ? order_find(options->order) : ORDER_DEFAULT;
	if (!run->policy)
		return error_set(err, ERROR_USAGE, "there is no policy '%.200s'", options->policy);
	if (!run->order)
		return error_set(err, ERROR_USAGE, "there is no order '%.200s'", options->order);
	return 0;
}

static int apply_overrides(struct run *run, struct error *err)
{
	for (size_t i = 0; i < run->options->override_count; i++) {
		const struct dagrun_override *override = &run->options->overrides[i];
		uint32_t node = graph_find(&run->graph, override->name);

		if (node == NODE_NONE)
			return error_set(err, ERROR_USAGE, "there is no node '%.200s' to override",
					 override->name);
		run->graph.flags[node] |= NODE_INPUT;
		run->inputs[node] = override->value;
	}
	return 0;
}

static int prepare(struct run *run, struct error *err)
{
	uint32_t nodes = run->owner->graph->nodes;

	run->graph = *run->owner->graph;
	run->graph.flags = malloc(nodes);
	run->inputs = calloc(nodes, sizeof *run->inputs);
	if (!run->graph.flags || !run->inputs)
		return error_set(err, ERROR_NO_MEMORY, "no memory to run %u nodes", nodes);
	memcpy(run->graph.flags, run->owner->graph->flags, nodes);
	for (uint32_t v = 0; v < nodes; v++)
		run->inputs[v] = run->owner->tasks[v].value;
	int code = choose(run, err);
	if (code == 0)
		code = apply_overrides(run, err);
	if (code == 0)
		code = plan_init(&run->plan, &run->graph, err);
	if (code == 0)
		code = order_make(run->order, &run->plan, &run->sequence, err);
	if (code == 0 && run->options->budget_bytes)
		code = budget_check(&run->plan, run->order, run->sequence, run->policy,
				    run->options->budget_bytes, err);
	return code;
}

static void observe(void *context, const struct execution_event *event)
{
	static const enum dagrun_status status_of[] = {
		[NODE_DONE] = DAGRUN_DONE, [NODE_FAILED] = DAGRUN_NODE_FAILED,
		[NODE_SKIPPED] = DAGRUN_SKIPPED,
	};
	const struct run *run = context;
	char reason[256] = "";

	if (event->status == NODE_RUNNING)
		return;
	if (event->blame != NODE_NONE)
		snprintf(reason, sizeof reason, "'%.200s' has no result",
			 graph_name(&run->graph, event->blame));
	else if (event->status == NODE_SKIPPED)
		snprintf(reason, sizeof reason, "the run was stopped");
	run->options->observe(run->options->observe_context, graph_name(&run->graph, event->node),
			      status_of[event->status], reason[0] ? reason : NULL);
}

static int run_prepared(struct run *run, struct dagrun_value *outputs, struct error *err)
{
	struct execution_options options = {
		.policy = run->policy,
		.order = run->sequence,
		.workers = run->options->workers,
		.budget_bytes = run->options->budget_bytes,
		.keep_going = run->options->keep_going,
		.cancel = run->options->cancel,
		.observe = run->options->observe ? observe : NULL,
		.observe_context = run,
	};
	struct execution_report report;
	int code = execute(&run->plan, &task_ops, run->owner, run->inputs, &options, outputs, &report, err);

	if (code != 0)
		return code;
	run->owner->stats = (struct dagrun_stats){
		.peak_bytes = report.peak_bytes,
		.held_at_end_bytes = report.held_at_end_bytes,
		.nodes_executed = report.executed,
	};
	free(run->owner->unbounded_flags);
	run->owner->unbounded_flags = run->graph.flags;
	run->graph.flags = NULL;
	return 0;
}

int dagrun_run(struct dagrun_graph *graph, const struct dagrun_options *options,
	       struct dagrun_value *outputs, struct dagrun_error *error)
{
	static const struct dagrun_options none;
	struct run run = { .owner = graph, .options = options ? options : &none };
	struct error err = ERROR_INIT;
	int code = finish(graph, &err);

	if (code == 0)
		code = prepare(&run, &err);
	if (code == 0)
		code = run_prepared(&run, outputs, &err);
	plan_release(&run.plan);
	free(run.sequence);
	free(run.inputs);
	free(run.graph.flags);
	return pass_on(error, &err, code);
}

void dagrun_destroy(struct dagrun_graph *graph, const char *node, struct dagrun_value output)
{
	uint32_t number = graph->graph ? graph_find(graph->graph, node) : NODE_NONE;
	struct results results = { .graph = graph->graph, .ops = &task_ops, .context = graph };

	if (number != NODE_NONE && !(graph->graph->flags[number] & NODE_INPUT))
		results_destroy_value(&results, number, output);
}

/* 0 when there is no memory for it. */
static uint64_t lower_bound(const struct graph *graph)
{
	struct plan plan = { .graph = NULL };
	struct bound bound = { .bytes = 0 };
	struct error err = ERROR_INIT;
	int code = plan_init(&plan, graph, &err);

	if (code == 0)
		code = bound_compute(&plan, &(struct bound_options){ .work = 10 * 1000 * 1000 }, &bound, &err);
	plan_release(&plan);
	return code == 0 ? bound.bytes : 0;
}

void dagrun_stats(struct dagrun_graph *graph, struct dagrun_stats *stats)
{
	if (graph->unbounded_flags) {
		struct graph seen = *graph->graph;

		seen.flags = graph->unbounded_flags;
		graph->stats.lower_bound_bytes = lower_bound(&seen);
		free(graph->unbounded_flags);
		graph->unbounded_flags = NULL;
	}
	*stats = graph->stats;
}
