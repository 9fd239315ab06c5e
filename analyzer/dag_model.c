#include "analyzer/dag_model.h"

#include <stdlib.h>

static const uint64_t NEVER = UINT64_MAX;

enum { NODES_MAX = 1 << 24 };

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* NEVER counts as not having happened. */
static uint64_t later(uint64_t a, uint64_t b)
{
	return a == NEVER || (b != NEVER && b > a) ? b : a;
}

/* --- Who, and when --------------------------------------------------------------------- */

static void raise_limit(struct dag_model *model, uint32_t id)
{
	if (id < NODES_MAX && id >= model->node_limit)
		model->node_limit = id + 1;
}

static void find_limits(struct dag_model *model)
{
	const struct loaded_dag *rows = model->rows;

	model->node_limit = 1;
	model->end_ns = model->loaded->process.duration_ns;
	for (size_t i = 0; i < model->loaded->dag_node_count; i++)
		raise_limit(model, model->loaded->dag_nodes[i].id);
	for (size_t i = 0; i < rows->edge_count; i++)
		raise_limit(model, rows->edges[i].node);
	for (size_t i = 0; i < rows->execution_count; i++) {
		raise_limit(model, rows->executions[i].node);
		model->end_ns = later(model->end_ns, rows->executions[i].end_ns);
	}
	for (size_t i = 0; i < rows->result_count; i++) {
		raise_limit(model, rows->results[i].node);
		model->end_ns = later(later(model->end_ns, rows->results[i].produced_ns),
				      rows->results[i].freed_ns);
	}
}

/* The key of row `i`; keys from `limit` on are left out. */
typedef uint32_t key_fn(const struct loaded_dag *rows, size_t i);
typedef uint32_t item_fn(const struct loaded_dag *rows, size_t i);

static int make_lists(struct dag_lists *lists, const struct dag_model *model, size_t count,
		      key_fn *key, item_fn *item, struct arena *arena)
{
	uint32_t limit = model->node_limit;
	uint32_t *start = arena_alloc_array(arena, (size_t)limit + 2, sizeof *start);
	uint32_t *items = arena_alloc_array(arena, count + 1, sizeof *items);

	if (!start || !items)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (key(model->rows, i) < limit)
			start[key(model->rows, i) + 2]++;
	for (uint32_t id = 2; id <= limit; id++)
		start[id] += start[id - 1];
	for (size_t i = 0; i < count; i++)
		if (key(model->rows, i) < limit)
			items[start[key(model->rows, i) + 1]++] = item(model->rows, i);
	*lists = (struct dag_lists){ start, items };
	return 0;
}

static uint32_t dependency_of(const struct loaded_dag *rows, size_t i)
{
	return rows->edges[i].dependency;
}

static uint32_t consumer_of(const struct loaded_dag *rows, size_t i)
{
	return rows->edges[i].node;
}

static uint32_t node_of(const struct loaded_dag *rows, size_t i)
{
	return rows->executions[i].node;
}

static uint32_t place_of(const struct loaded_dag *rows, size_t i)
{
	(void)rows;
	return (uint32_t)i;
}

/* --- Results --------------------------------------------------------------------------- */

/* Of `node`, the first place in its list whose execution begins at `ns` or later. */
static uint32_t first_from(const struct dag_model *model, uint32_t node, uint64_t ns)
{
	uint32_t low = model->executions.start[node], high = model->executions.start[node + 1];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->rows->executions[model->executions.items[middle]].begin_ns < ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The execution of `node` that went on at `ns`, or the newest before; NULL: none is known. */
static const struct dag_execution_row *execution_at(const struct dag_model *model, uint32_t node,
						     uint64_t ns)
{
	uint32_t at = first_from(model, node, ns + 1);

	return at > model->executions.start[node]
		? &model->rows->executions[model->executions.items[at - 1]] : NULL;
}

/* A part that was not produced by the thread that ran the node belongs to the newest execution. */
static uint64_t execution_of(const struct dag_model *model, const struct dag_result_row *part)
{
	const struct dag_execution_row *execution;

	if (part->execution_ns != NEVER)
		return part->execution_ns;
	execution = execution_at(model, part->node, part->produced_ns);
	return execution ? execution->begin_ns : part->produced_ns;
}

static void add_part(struct dag_model_result *result, const struct dag_result_row *part)
{
	bool first = !result->parts++;

	result->bytes += part->bytes;
	result->heap_bytes += part->in_heap ? part->bytes : 0;
	result->requested |= part->requested;
	result->taken = part->taken;
	result->produced_ns = first ? part->produced_ns : earlier(result->produced_ns, part->produced_ns);
	/* What has one part that is still there is there. */
	result->released_ns = first || (result->released_ns != NEVER && part->released_ns != NEVER)
		? later(first ? NEVER : result->released_ns, part->released_ns) : NEVER;
	if (first || (result->freed_ns != NEVER &&
		      (part->freed_ns == NEVER || part->freed_ns > result->freed_ns))) {
		result->freed_ns = part->freed_ns;
		result->freed_by = part->freed_by;
	}
}

static void join_parts(struct dag_model *model)
{
	const struct loaded_dag *rows = model->rows;
	uint64_t execution_ns = NEVER;

	for (size_t i = 0; model->results && i < rows->result_count; i++) {
		const struct dag_result_row *part = &rows->results[i];
		struct dag_model_result *newest =
			model->result_count ? &model->results[model->result_count - 1] : NULL;
		uint64_t of;

		if (part->node >= model->node_limit)
			continue;
		of = execution_of(model, part);
		if (!newest || newest->node != part->node || newest->run != part->run ||
		    of != execution_ns) {
			newest = &model->results[model->result_count++];
			*newest = (struct dag_model_result){
				.node = part->node, .run = part->run, .part = part,
				.first_use_ns = NEVER, .last_use_ns = NEVER,
			};
			execution_ns = of;
		}
		add_part(newest, part);
	}
}

/* --- Uses -------------------------------------------------------------------------------- */

/* Executions that begin there or later use another result of the node, or none. */
static uint64_t window_end(const struct dag_model *model, size_t at)
{
	const struct dag_model_result *result = &model->results[at];
	const struct dag_model_result *next = at + 1 < model->result_count ? result + 1 : NULL;
	uint64_t end = result->freed_ns;

	if (next && next->node == result->node && next->run == result->run)
		end = earlier(end, next->produced_ns);
	return end;
}

static void note_use(struct dag_model_result *result, uint32_t consumer, uint64_t begin_ns,
		     uint64_t end_ns)
{
	result->first_use_ns = earlier(result->first_use_ns, begin_ns);
	if (result->last_use_ns == NEVER || end_ns > result->last_use_ns) {
		result->last_use_ns = end_ns;
		result->last_consumer = consumer;
	}
}

static void find_uses_by(const struct dag_model *model, struct dag_model_result *result,
			 uint32_t consumer, uint64_t end_ns)
{
	const struct dag_execution_row *executions = model->rows->executions;
	uint32_t last;

	if (consumer >= model->node_limit)
		return;
	last = model->executions.start[consumer + 1];
	for (uint32_t at = first_from(model, consumer, result->produced_ns); at < last; at++) {
		const struct dag_execution_row *execution = &executions[model->executions.items[at]];

		if (execution->begin_ns >= end_ns)
			break;
		if (execution->run == result->run)
			note_use(result, consumer, execution->begin_ns, execution->end_ns);
	}
	for (size_t i = 0; i < model->rows->turn_count; i++) {
		const struct dag_turn_row *turn = &model->rows->turns[i];

		if (turn->node == consumer && turn->begin_ns >= result->produced_ns &&
		    turn->begin_ns < end_ns)
			note_use(result, consumer, turn->begin_ns, model->end_ns);
	}
}

static void find_uses(struct dag_model *model)
{
	bool folded = model->loaded->quality.executions_folded != 0;

	for (size_t i = 0; i < model->result_count; i++) {
		struct dag_model_result *result = &model->results[i];
		const struct dag_execution_row *maker =
			execution_at(model, result->node, result->produced_ns);
		uint64_t end = window_end(model, i);

		result->ready_ns = maker ? maker->end_ns : result->produced_ns;
		for (uint32_t c = model->consumers.start[result->node];
		     c < model->consumers.start[result->node + 1]; c++)
			find_uses_by(model, result, model->consumers.items[c], end);
		result->use_known = result->first_use_ns != NEVER || !folded;
	}
}

uint64_t dag_model_dead_from(const struct dag_model_result *result)
{
	if (result->requested || !result->use_known)
		return NEVER;
	return result->last_use_ns != NEVER ? result->last_use_ns : result->ready_ns;
}

uint64_t dag_model_gone(const struct dag_model *model, uint64_t freed_ns)
{
	return freed_ns == NEVER ? model->end_ns : freed_ns;
}

const struct dag_run_row *dag_model_run(const struct dag_model *model, uint32_t number)
{
	const struct dag_run_row *runs = model->rows->runs;
	size_t low = 0, high = model->rows->run_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (runs[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < model->rows->run_count && runs[low].number == number ? &runs[low] : NULL;
}

int dag_model_make(struct dag_model *model, const struct loaded *loaded,
		   const struct loaded_dag *rows, struct arena *arena)
{
	*model = (struct dag_model){ .loaded = loaded, .rows = rows };
	find_limits(model);
	model->results = arena_alloc_array(arena, rows->result_count + 1, sizeof *model->results);
	if (!model->results ||
	    make_lists(&model->consumers, model, rows->edge_count, dependency_of, consumer_of, arena) ||
	    make_lists(&model->executions, model, rows->execution_count, node_of, place_of, arena))
		return -1;
	join_parts(model);
	find_uses(model);
	return 0;
}
