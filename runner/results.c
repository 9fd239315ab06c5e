#include "runner/results.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int results_init(struct results *results, const struct graph *graph, const struct task_ops *ops,
		 void *context, struct error *err)
{
	*results = (struct results){ .graph = graph, .ops = ops, .context = context };
	results->data = calloc(graph->nodes, sizeof *results->data);
	results->bytes = calloc(graph->nodes, sizeof *results->bytes);
	results->present = calloc(graph->nodes, sizeof *results->present);
	if (results->data && results->bytes && results->present)
		return 0;
	return error_set(err, ERROR_NO_MEMORY, "no memory for the results of %u nodes", graph->nodes);
}

void results_release(struct results *results)
{
	for (uint32_t v = 0; results->present && v < results->graph->nodes; v++)
		results_destroy(results, v);
	free(results->data);
	free(results->bytes);
	free(results->present);
	*results = (struct results){ 0 };
}

void results_put(struct results *results, uint32_t node, struct dagrun_value value)
{
	results->data[node] = value.data;
	results->bytes[node] = value.bytes;
	results->present[node] = 1;
}

struct dagrun_value results_take(struct results *results, uint32_t node)
{
	struct dagrun_value value = { results->data[node], results->bytes[node] };

	results->data[node] = NULL;
	results->present[node] = 0;
	return value;
}

static uint32_t output_of(const struct graph *block)
{
	uint32_t v = 0;

	while (!(block->flags[v] & NODE_REQUESTED))
		v++;
	return v;
}

static void destroy_items(const struct results *results, uint32_t node, struct dagrun_items *items)
{
	void *block = results->ops->block(results->context, node);
	uint32_t output = output_of(graph_map_of(results->graph, node)->block);

	for (size_t i = 0; i < items->count; i++)
		results->ops->destroy(block, output, items->values[i]);
	free(items->values);
	free(items);
}

void results_destroy_value(const struct results *results, uint32_t node, struct dagrun_value value)
{
	if (results->graph->flags[node] & NODE_MAP)
		destroy_items(results, node, value.data);
	else
		results->ops->destroy(results->context, node, value);
}

void results_destroy(struct results *results, uint32_t node)
{
	if (results->present[node])
		results_destroy_value(results, node, results_take(results, node));
}

int call_room_init(struct call_room *room, const struct graph *graph, struct error *err)
{
	uint32_t most = 1;

	for (uint32_t v = 0; v < graph->nodes; v++)
		if (graph_dep_count(graph, v) > most)
			most = graph_dep_count(graph, v);
	*room = (struct call_room){ .inputs = calloc(most, sizeof *room->inputs) };
	return room->inputs ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for %u inputs", most);
}

void call_room_release(struct call_room *room)
{
	free(room->inputs);
	room->inputs = NULL;
}

struct dagrun_call results_call(const struct results *results, uint32_t node, uint32_t donor,
				struct call_room *room)
{
	const struct graph *graph = results->graph;
	uint32_t begin = graph->dep_start[node], count = graph_dep_count(graph, node);
	struct dagrun_call call = {
		.name = graph_name(graph, node),
		.inputs = room->inputs,
		.input_count = count,
		.donated = -1,
		.message = room->message,
		.message_size = sizeof room->message,
	};

	for (uint32_t i = 0; i < count; i++) {
		uint32_t dep = graph->named_deps[begin + i];

		room->inputs[i] = (struct dagrun_value){ results->data[dep], results->bytes[dep] };
		if (dep == donor)
			call.donated = (int)i;
	}
	room->message[0] = '\0';
	return call;
}

int results_run(struct results *results, uint32_t node, uint32_t donor, struct call_room *room)
{
	struct dagrun_call call = results_call(results, node, donor, room);
	int status = results->ops->run(results->context, node, &call);

	room->message[sizeof room->message - 1] = '\0';
	if (status != 0)
		return status;
	if (call.taken && donor != NODE_NONE)
		results_take(results, donor);
	results_put(results, node, call.result);
	return 0;
}
