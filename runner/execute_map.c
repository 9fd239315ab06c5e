#include "runner/execute_map.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "runner/annotate.h"
#include "runner/grow.h"
#include "runner/order.h"

/* One map node's execution: what its items have in common. */
struct mapping {
	struct map_run *run;
	const struct graph *block;
	struct plan plan;
	struct annotations annotations; /* of the block's nodes */
	uint32_t *order;
	uint32_t output;                /* node of the block */
	uint32_t *released;
	struct results results;         /* of the current item */
	struct retention retention;     /* ditto */
	struct call_room room;          /* of the block's calls */
	struct dagrun_items *items;
};

static int say(struct call_room *room, const char *text)
{
	snprintf(room->message, sizeof room->message, "%.*s", (int)sizeof room->message - 1, text);
	return -1;
}

static void hold(struct map_run *run, uint64_t bytes)
{
	pthread_mutex_lock(run->lock);
	ledger_add(run->ledger, bytes);
	pthread_mutex_unlock(run->lock);
}

static void settle(struct map_run *run, uint64_t expected_bytes, uint64_t bytes)
{
	pthread_mutex_lock(run->lock);
	ledger_settle(run->ledger, expected_bytes, bytes);
	pthread_mutex_unlock(run->lock);
}

static void let_go(struct map_run *run, uint64_t bytes)
{
	pthread_mutex_lock(run->lock);
	ledger_remove(run->ledger, bytes);
	pthread_mutex_unlock(run->lock);
}

static uint32_t output_of(const struct graph *block)
{
	uint32_t v = 0;

	while (!(block->flags[v] & NODE_REQUESTED))
		v++;
	return v;
}

static int mapping_init(struct mapping *mapping, struct map_run *run, uint32_t node,
			struct error *err)
{
	const struct graph *block = graph_map_of(run->results->graph, node)->block;
	int code;

	*mapping = (struct mapping){ .run = run, .block = block, .output = output_of(block) };
	mapping->released = malloc(((size_t)block->edges + 1) * sizeof(uint32_t));
	if (!mapping->released) {
		error_set(err, ERROR_NO_MEMORY, "no memory for the block");
		return ERROR_NO_MEMORY;
	}
	code = plan_init(&mapping->plan, block, err);
	if (code == 0)
		code = order_make(&order_file, &mapping->plan, &mapping->order, err);
	if (code == 0)
		code = call_room_init(&mapping->room, block, err);
	if (code == 0)
		code = results_init(&mapping->results, block, run->results->ops,
				    run->results->ops->block(run->results->context, node), err);
	if (code == 0)
		annotate_graph(&mapping->annotations, block, mapping->order, mapping->plan.count,
			       graph_name(run->results->graph, node));
	return code;
}

static void mapping_release(struct mapping *mapping)
{
	if (mapping->results.graph)
		results_release(&mapping->results);
	annotate_release(&mapping->annotations);
	call_room_release(&mapping->room);
	plan_release(&mapping->plan);
	free(mapping->order);
	free(mapping->released);
}

static void tell_produced(const struct mapping *mapping, uint32_t v)
{
	struct dagrun_value value = { mapping->results.data[v], mapping->results.bytes[v] };

	annotate_produced(&mapping->annotations, v, &value);
}

static void destroy(struct mapping *mapping, uint32_t v)
{
	struct dagrun_value value = { mapping->results.data[v], mapping->results.bytes[v] };

	if (mapping->results.present[v])
		annotate_released(&mapping->annotations, v, &value);
	results_destroy(&mapping->results, v);
}

/* What the policy lets go after node v of the block. */
static void prune(struct mapping *mapping, uint32_t v)
{
	uint32_t count = retention_ended(&mapping->retention, v, true, mapping->released);

	for (uint32_t i = 0; i < count; i++) {
		uint32_t dep = mapping->released[i];

		let_go(mapping->run, mapping->results.bytes[dep]);
		destroy(mapping, dep);
	}
}

/* The same bookkeeping as for a node of the outer graph. */
static int run_block_node(struct mapping *mapping, uint32_t v)
{
	const struct graph *block = mapping->block;
	uint64_t size = block->size_bytes[v], transient = block->transient_bytes[v];
	uint32_t donor = retention_donor(&mapping->retention, v, mapping->results.bytes, size);
	uint64_t expected = transient + (donor == NODE_NONE ? size : 0);
	int status;

	hold(mapping->run, expected);
	annotate_begin(&mapping->annotations, v);
	status = results_run(&mapping->results, v, donor, &mapping->room);
	if (status == 0)
		tell_produced(mapping, v);
	annotate_end(&mapping->annotations, v, status);
	if (status != 0) {
		let_go(mapping->run, expected);
		return -1;
	}
	if (donor != NODE_NONE && !mapping->results.present[donor]) {
		let_go(mapping->run, expected);
		prune(mapping, v);
		hold(mapping->run, mapping->results.bytes[v]);
		return 0;
	}
	settle(mapping->run, expected, mapping->results.bytes[v]);
	if (mapping->run->policy->prunes_blocks)
		prune(mapping, v);
	return 0;
}

/* Keep until the run ends what this policy does not prune. */
static bool strand(struct mapping *mapping, uint32_t v)
{
	struct map_run *run = mapping->run;
	bool kept = false;

	pthread_mutex_lock(run->lock);
	struct stranded *stranded = grow(run->stranded, &run->stranded_capacity,
					 run->stranded_count + 1, sizeof *stranded);
	if (stranded) {
		run->stranded = stranded;
		stranded[run->stranded_count++] = (struct stranded){
			mapping->results.context, v, results_take(&mapping->results, v)
		};
		kept = true;
	}
	pthread_mutex_unlock(run->lock);
	return kept;
}

/* Nothing of the item stays in the table; what is destroyed is no longer held. */
static void empty_table(struct mapping *mapping)
{
	for (uint32_t v = 0; v < mapping->block->nodes; v++)
		if (mapping->results.present[v]) {
			let_go(mapping->run, mapping->results.bytes[v]);
			destroy(mapping, v);
		}
}

static int strand_rest(struct mapping *mapping)
{
	for (uint32_t v = 0; v < mapping->block->nodes; v++)
		if (mapping->results.present[v] && !strand(mapping, v))
			return say(&mapping->room, "no memory to keep the block's results");
	return 0;
}

/* Run the block on `item`, which is the caller's; its output joins the collected ones. */
static int run_block(struct mapping *mapping, struct dagrun_value item)
{
	struct error err = ERROR_INIT;
	int status = 0;

	mapping->results.data[0] = item.data;
	mapping->results.bytes[0] = item.bytes;
	if (retention_init(&mapping->retention, &mapping->plan, mapping->run->policy, &err) != 0)
		status = say(&mapping->room, err.message);
	for (uint32_t i = 0; status == 0 && i < mapping->plan.count; i++)
		status = run_block_node(mapping, mapping->order[i]);
	retention_release(&mapping->retention);
	if (status == 0)
		mapping->items->values[mapping->items->count++] =
			results_take(&mapping->results, mapping->output);
	if (status == 0 && !mapping->run->policy->prunes_blocks)
		status = strand_rest(mapping);
	empty_table(mapping);
	return status;
}

static bool is_set(const int *flag)
{
	return flag && __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static int make_and_run_item(struct mapping *mapping, uint32_t node, size_t index,
			     struct call_room *room)
{
	struct results *outer = mapping->run->results;
	struct dagrun_call call = results_call(outer, node, NODE_NONE, room);

	if (is_set(mapping->run->stop) || is_set(mapping->run->cancel))
		return say(room, "stopped between items");
	if (outer->ops->item(outer->context, node, &call, index) != 0)
		return -1;
	int status = run_block(mapping, call.result);
	outer->ops->destroy_item(outer->context, node, call.result);
	if (status != 0)
		snprintf(room->message, sizeof room->message, "item %zu: %.200s", index,
			 mapping->room.message);
	return status;
}

static struct dagrun_items *items_new(size_t count)
{
	struct dagrun_items *items = calloc(1, sizeof *items);

	if (!items)
		return NULL;
	items->values = calloc(count ? count : 1, sizeof *items->values);
	if (items->values)
		return items;
	free(items);
	return NULL;
}

static uint64_t items_bytes(const struct dagrun_items *items)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < items->count; i++)
		sum += items->values[i].bytes;
	return sum;
}

static int run_items(struct mapping *mapping, uint32_t node, size_t count, struct call_room *room)
{
	mapping->items = items_new(count);
	if (!mapping->items)
		return say(room, "no memory for the collected results");
	int status = 0;
	for (size_t i = 0; status == 0 && i < count; i++)
		status = make_and_run_item(mapping, node, i, room);
	struct dagrun_value value = { mapping->items, items_bytes(mapping->items) };
	if (status == 0) {
		results_put(mapping->run->results, node, value);
	} else {
		let_go(mapping->run, value.bytes);
		results_destroy_value(mapping->run->results, node, value);
	}
	return status;
}

int map_execute(struct map_run *run, uint32_t node, struct call_room *room)
{
	struct results *outer = run->results;
	struct dagrun_call call = results_call(outer, node, NODE_NONE, room);
	struct mapping mapping;
	struct error err = ERROR_INIT;
	size_t count = 0;
	int status;

	if (outer->ops->count(outer->context, node, &call, &count) != 0)
		return -1;
	if (mapping_init(&mapping, run, node, &err) == 0)
		status = run_items(&mapping, node, count, room);
	else
		status = say(room, err.message);
	mapping_release(&mapping);
	return status;
}

void map_run_release(struct map_run *run)
{
	for (size_t i = 0; i < run->stranded_count; i++)
		run->results->ops->destroy(run->stranded[i].context, run->stranded[i].node,
					   run->stranded[i].value);
	free(run->stranded);
	run->stranded = NULL;
}
