#include "runner/execute.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"
#include "runner/annotate.h"
#include "runner/block.h"
#include "runner/budget.h"
#include "runner/execute_map.h"
#include "runner/ledger.h"
#include "runner/pool.h"
#include "runner/position_set.h"
#include "runner/results.h"

/*
 * A run.  `lock` guards all but what has one owner at a time: a result's entry
 * (its node, then whoever lets it go) and the policy's own atomic counters.
 */
struct execution {
	const struct plan *plan;
	const struct execution_options *options;
	struct results results;
	struct retention retention;
	struct map_run maps;
	struct annotations annotations;
	pthread_mutex_t lock;
	pthread_cond_t changed;         /* a node became ready, or the run has ended */
	struct ledger ledger;
	struct budget budget;
	struct position_set ready;
	uint8_t *status;                /* by node: enum node_status */
	uint32_t *pending;              /* by node: dependencies that have not ended */
	uint32_t *position;             /* by node: in the order */
	uint32_t booked;                /* order[0 .. booked) may start */
	uint32_t ended, running;
	int stop;                       /* code of the first thing that went wrong; also read unlocked */
	struct error error;             /* what it was */
	struct execution_report report;
};

/* One node on its way through a worker. */
struct step {
	uint32_t node, donor;
	enum node_status status;
	uint32_t blame;
	uint64_t expected_bytes;        /* in the ledger while it runs */
	bool taken;                     /* the donor's buffer */
	uint32_t *released;             /* of the worker: room for any node's dependencies */
	uint32_t released_count;
	struct call_room room;
};

static uint64_t need_of_map(const struct execution *run, uint32_t v)
{
	const struct graph *graph = run->plan->graph;
	const struct graph_map *map = graph_map_of(graph, v);
	struct error err;
	struct block_cost cost;

	if (run->options->policy->prunes_blocks ||
	    block_cost(map->block, run->options->policy, &cost, &err) != 0)
		return graph->size_bytes[v] + graph->transient_bytes[v];
	return map->items * cost.total_bytes;
}

/* What is booked for a node. */
static uint64_t need_of(const struct execution *run, uint32_t v)
{
	const struct graph *graph = run->plan->graph;

	return graph->flags[v] & NODE_MAP ? need_of_map(run, v)
					  : graph->size_bytes[v] + graph->transient_bytes[v];
}

/* --- With the lock held: what may start ---------------------------------------- */

static void book(struct execution *run)
{
	const uint32_t *order = run->options->order;

	while (run->booked < run->plan->count &&
	       budget_book(&run->budget, need_of(run, order[run->booked]))) {
		if (!run->pending[order[run->booked]])
			position_set_add(&run->ready, run->booked);
		run->booked++;
	}
}

/* The first thing that goes wrong counts; what is left is then skipped, which takes no memory. */
static void stop(struct execution *run, uint32_t node)
{
	run->report.stopped_at = node;
	__atomic_store_n(&run->stop, run->error.code, __ATOMIC_RELEASE);
	run->budget.limit_bytes = UINT64_MAX;
	book(run);
	pthread_cond_broadcast(&run->changed);
}

static bool cancelled(const struct execution *run)
{
	return run->options->cancel && __atomic_load_n(run->options->cancel, __ATOMIC_ACQUIRE);
}

static void stop_if_cancelled(struct execution *run, uint32_t node)
{
	if (run->stop || !cancelled(run))
		return;
	error_set(&run->error, ERROR_CANCELLED, "cancelled at node '%.200s'",
		  graph_name(run->plan->graph, node));
	stop(run, node);
}

static void stop_if_over_limit(struct execution *run, uint32_t node, uint64_t need_bytes)
{
	uint64_t limit = run->options->limit_bytes, held = run->ledger.live_bytes;

	if (run->stop || !limit || held + need_bytes <= limit)
		return;
	error_set(&run->error, ERROR_LIMIT, "stopped at node '%.200s' with %s held: %s more would pass the limit of %s",
		  graph_name(run->plan->graph, node), units_size(held).text,
		  units_size(need_bytes).text, units_size(limit).text);
	stop(run, node);
}

/* Nobody runs and the next node does not fit: it never will. */
static void stop_stalled(struct execution *run)
{
	uint32_t node = run->options->order[run->booked];

	error_set(&run->error, ERROR_LIMIT, "node '%.200s' needs %s on top of %s held: the budget of %s is too small for this order",
		  graph_name(run->plan->graph, node), units_size(need_of(run, node)).text,
		  units_size(run->budget.booked_bytes).text, units_size(run->budget.limit_bytes).text);
	stop(run, node);
}

/* The next node to run, waiting for one; false when all have ended. */
static bool next_node(struct execution *run, uint32_t *node)
{
	uint32_t position;

	for (;;) {
		if (position_set_take(&run->ready, &position)) {
			*node = run->options->order[position];
			return true;
		}
		if (run->ended == run->plan->count)
			return false;
		if (run->running)
			pthread_cond_wait(&run->changed, &run->lock);
		else
			stop_stalled(run);
	}
}

/* --- With the lock held: a node's begin and end ---------------------------------- */

/* A dependency that has no result to give, or NODE_NONE. */
static uint32_t find_blame(const struct execution *run, uint32_t v)
{
	const struct graph *graph = run->plan->graph;

	for (uint32_t i = graph->dep_start[v]; i < graph->dep_start[v + 1]; i++)
		if (run->status[graph->deps[i]] == NODE_FAILED ||
		    run->status[graph->deps[i]] == NODE_SKIPPED)
			return graph->deps[i];
	return NODE_NONE;
}

static void tell(const struct execution *run, uint32_t node, enum node_status status, uint32_t blame)
{
	struct execution_event event = { node, status, blame, run->ledger.live_bytes,
					 run->ledger.peak_bytes, run->ended };

	if (run->options->observe)
		run->options->observe(run->options->observe_context, &event);
}

/* Maps keep their own books, node by node of the block. */
static uint64_t expected_bytes(const struct execution *run, uint32_t v, uint32_t donor)
{
	const struct graph *graph = run->plan->graph;

	if (graph->flags[v] & NODE_MAP)
		return 0;
	return graph->transient_bytes[v] + (donor == NODE_NONE ? graph->size_bytes[v] : 0);
}

static void begin(struct execution *run, struct step *step)
{
	const struct graph *graph = run->plan->graph;
	uint32_t v = step->node;

	step->taken = false;
	step->blame = find_blame(run, v);
	step->donor = retention_donor(&run->retention, v, run->results.bytes, graph->size_bytes[v]);
	step->expected_bytes = expected_bytes(run, v, step->donor);
	stop_if_cancelled(run, v);
	if (step->blame == NODE_NONE)
		stop_if_over_limit(run, v, graph->flags[v] & NODE_MAP ? need_of(run, v)
								      : step->expected_bytes);
	step->status = step->blame != NODE_NONE || run->stop ? NODE_SKIPPED : NODE_RUNNING;
	run->running++;
	if (step->status == NODE_SKIPPED) {
		step->expected_bytes = 0;
		return;
	}
	ledger_add(&run->ledger, step->expected_bytes);
	tell(run, v, NODE_RUNNING, NODE_NONE);
}

static uint64_t released_bytes(const struct execution *run, const struct step *step)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < step->released_count; i++)
		sum += run->results.bytes[step->released[i]];
	return sum;
}

/* A taken buffer is never held twice; any other result stands beside what goes. */
static void account(struct execution *run, const struct step *step)
{
	uint64_t gone = released_bytes(run, step);
	bool map = run->plan->graph->flags[step->node] & NODE_MAP;
	uint64_t made = step->status == NODE_DONE ? run->results.bytes[step->node] : 0;
	uint64_t need = need_of(run, step->node);
	uint64_t stranded = map && step->status == NODE_DONE &&
		!run->options->policy->prunes_blocks ? need - run->plan->graph->size_bytes[step->node] : 0;

	if (step->taken)
		ledger_remove(&run->ledger, gone);
	if (!map)
		ledger_settle(&run->ledger, step->expected_bytes, made);
	if (!step->taken)
		ledger_remove(&run->ledger, gone);
	budget_settle(&run->budget, need, made + stranded);
	budget_unbook(&run->budget, gone);
}

static void admit_consumers(struct execution *run, uint32_t v)
{
	const struct graph *graph = run->plan->graph;

	for (uint32_t i = graph->consumer_start[v]; i < graph->consumer_start[v + 1]; i++) {
		uint32_t c = graph->consumers[i];

		if (run->plan->on_path[c] && --run->pending[c] == 0 && run->position[c] < run->booked)
			position_set_add(&run->ready, run->position[c]);
	}
}

/* The inputs of a failed node, as many as fit: "a (24.0 MiB), b (3 B)". */
static void describe_inputs(const struct execution *run, uint32_t v, char *text, size_t size)
{
	const struct graph *graph = run->plan->graph;
	size_t used = 0;

	snprintf(text, size, "none");
	for (uint32_t i = graph->dep_start[v]; i < graph->dep_start[v + 1] && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%.40s (%s)", used ? ", " : "",
					 graph_name(graph, graph->named_deps[i]),
					 units_size(run->results.bytes[graph->named_deps[i]]).text);
}

static void note_failure(struct execution *run, const struct step *step)
{
	char inputs[160];

	run->report.failed++;
	/* A map that stops between items for the sake of it has not failed. */
	stop_if_cancelled(run, step->node);
	if (run->error.code)
		return;
	describe_inputs(run, step->node, inputs, sizeof inputs);
	error_set(&run->error, ERROR_FAILED, "node '%.100s' failed: %.160s; its inputs: %s",
		  graph_name(run->plan->graph, step->node),
		  step->room.message[0] ? step->room.message : "it does not say why", inputs);
	run->report.stopped_at = step->node;
	if (!run->options->keep_going)
		stop(run, step->node);
}

static void end(struct execution *run, const struct step *step)
{
	account(run, step);
	run->status[step->node] = (uint8_t)step->status;
	run->running--;
	run->ended++;
	if (step->status == NODE_FAILED)
		note_failure(run, step);
	run->report.executed += step->status == NODE_DONE;
	run->report.skipped += step->status == NODE_SKIPPED;
	admit_consumers(run, step->node);
	book(run);
	tell(run, step->node, step->status, step->blame);
	if (run->options->workers > 1)
		pthread_cond_broadcast(&run->changed);
}

/* --- Without the lock -------------------------------------------------------------- */

static bool is_map(const struct execution *run, uint32_t v)
{
	return run->plan->graph->flags[v] & NODE_MAP;
}

static void tell_produced(const struct execution *run, uint32_t v)
{
	struct dagrun_value value = { run->results.data[v], run->results.bytes[v] };

	if (is_map(run, v))
		annotate_collected(&run->annotations, v, value.data);
	else
		annotate_produced(&run->annotations, v, &value);
}

static void tell_released(const struct execution *run, uint32_t v)
{
	struct dagrun_value value = { run->results.data[v], run->results.bytes[v] };

	if (!run->results.present[v])
		return;
	if (is_map(run, v))
		annotate_dispersed(&run->annotations, v);
	else
		annotate_released(&run->annotations, v, &value);
}

static void call_task(struct execution *run, struct step *step)
{
	int status;

	annotate_begin(&run->annotations, step->node);
	status = is_map(run, step->node) ?
		map_execute(&run->maps, step->node, &step->room) :
		results_run(&run->results, step->node, step->donor, &step->room);
	if (status == 0)
		tell_produced(run, step->node);
	annotate_end(&run->annotations, step->node, status);
	step->status = status == 0 ? NODE_DONE : NODE_FAILED;
	step->taken = status == 0 && step->donor != NODE_NONE && !run->results.present[step->donor];
}

/* The policy's answer, carried out.  Bytes of what is gone stay in the table for the books. */
static void let_go(struct execution *run, struct step *step)
{
	step->released_count = retention_ended(&run->retention, step->node, step->status == NODE_DONE,
					       step->released);
	for (uint32_t i = 0; i < step->released_count; i++) {
		tell_released(run, step->released[i]);
		results_destroy(&run->results, step->released[i]);
	}
}

static void run_step(struct execution *run, struct step *step)
{
	begin(run, step);
	pthread_mutex_unlock(&run->lock);
	if (step->status == NODE_RUNNING)
		call_task(run, step);
	let_go(run, step);
	pthread_mutex_lock(&run->lock);
	end(run, step);
}

static int step_init(struct step *step, const struct graph *graph, struct error *err)
{
	uint32_t most = 1;

	for (uint32_t v = 0; v < graph->nodes; v++)
		if (graph_dep_count(graph, v) > most)
			most = graph_dep_count(graph, v);
	*step = (struct step){ .released = malloc(most * sizeof(uint32_t)) };
	if (!step->released)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a worker");
	return call_room_init(&step->room, graph, err);
}

static void step_release(struct step *step)
{
	free(step->released);
	call_room_release(&step->room);
}

/* A worker that has no memory to begin with leaves the nodes to the others. */
static void work(void *context, unsigned worker)
{
	struct execution *run = context;
	struct step step;
	struct error err = ERROR_INIT;
	int code = step_init(&step, run->plan->graph, &err);

	pthread_mutex_lock(&run->lock);
	if (code != 0 && worker == 0) {
		run->error = err;
		__atomic_store_n(&run->stop, code, __ATOMIC_RELEASE);
	}
	while (code == 0 && next_node(run, &step.node))
		run_step(run, &step);
	pthread_cond_broadcast(&run->changed);
	pthread_mutex_unlock(&run->lock);
	step_release(&step);
}

/* --- Setting up, handing over -------------------------------------------------------- */

static void place_inputs(struct execution *run, const struct dagrun_value *inputs)
{
	const struct graph *graph = run->plan->graph;

	for (uint32_t v = 0; v < graph->nodes; v++) {
		if (!(graph->flags[v] & NODE_INPUT) || !inputs)
			continue;
		run->results.data[v] = inputs[v].data;
		run->results.bytes[v] = inputs[v].bytes;
	}
}

static int execution_init(struct execution *run, const struct plan *plan, const struct task_ops *ops,
			  void *context, const struct execution_options *options, struct error *err)
{
	uint32_t nodes = plan->graph->nodes;

	*run = (struct execution){
		.plan = plan,
		.options = options,
		.budget = { .limit_bytes = options->budget_bytes ? options->budget_bytes : UINT64_MAX },
		.status = calloc(nodes, sizeof(uint8_t)),
		.pending = malloc(nodes * sizeof(uint32_t)),
		.position = malloc(nodes * sizeof(uint32_t)),
		.report = { .stopped_at = NODE_NONE },
	};
	pthread_mutex_init(&run->lock, NULL);
	pthread_cond_init(&run->changed, NULL);
	run->maps = (struct map_run){ .results = &run->results, .policy = options->policy,
				      .stop = &run->stop, .cancel = options->cancel,
				      .lock = &run->lock, .ledger = &run->ledger };
	if (!run->status || !run->pending || !run->position ||
	    !position_set_init(&run->ready, plan->count))
		return error_set(err, ERROR_NO_MEMORY, "no memory to run %u nodes", nodes);
	memcpy(run->pending, plan->pending, nodes * sizeof(uint32_t));
	for (uint32_t i = 0; i < plan->count; i++)
		run->position[options->order[i]] = i;
	int code = results_init(&run->results, plan->graph, ops, context, err);
	return code == 0 ? retention_init(&run->retention, plan, options->policy, err) : code;
}

static void execution_release(struct execution *run)
{
	annotate_release(&run->annotations);
	map_run_release(&run->maps);
	if (run->results.graph)
		results_release(&run->results);
	retention_release(&run->retention);
	position_set_release(&run->ready);
	pthread_cond_destroy(&run->changed);
	pthread_mutex_destroy(&run->lock);
	free(run->status);
	free(run->pending);
	free(run->position);
}

/* A requested input is handed back as it is. */
static void hand_over(struct execution *run, struct dagrun_value *outputs)
{
	const struct graph *graph = run->plan->graph;

	for (uint32_t v = 0; v < graph->nodes; v++) {
		if (!(graph->flags[v] & NODE_REQUESTED))
			continue;
		if (run->results.present[v])
			*outputs++ = results_take(&run->results, v);
		else
			*outputs++ = (struct dagrun_value){ run->results.data[v], run->results.bytes[v] };
	}
}

int execute(const struct plan *plan, const struct task_ops *ops, void *context,
	    const struct dagrun_value *inputs, const struct execution_options *options,
	    struct dagrun_value *outputs, struct execution_report *report, struct error *err)
{
	struct execution run;
	uint32_t told = annotate_run_begin();
	int code = execution_init(&run, plan, ops, context, options, err);

	if (code == 0) {
		place_inputs(&run, inputs);
		annotate_graph(&run.annotations, plan->graph, options->order, plan->count, NULL);
		book(&run);
		pool_run(options->workers ? options->workers : 1, work, &run);
		if (options->mark_end)
			annotate_run_ended();
		run.report.peak_bytes = run.ledger.peak_bytes;
		run.report.held_at_end_bytes = run.ledger.live_bytes;
		*report = run.report;
		code = run.error.code;
		if (code == 0)
			hand_over(&run, outputs);
		else
			*err = run.error;
	}
	execution_release(&run);
	annotate_run_end(told, code);
	return code;
}
