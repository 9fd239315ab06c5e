#include "runner/simulate.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/block.h"

struct ledger {
	const struct plan *plan;
	struct retention retention;
	uint32_t *released;     /* scratch: room for any node's dependencies */
	uint64_t live_bytes, live_results;
};

/* On top of what is held before the node: while it runs, and once it has ended. */
struct demand {
	uint64_t running_bytes, ended_bytes;
	uint64_t running_results, ended_results;
};

static uint32_t most_deps(const struct graph *graph)
{
	uint32_t most = 0;

	for (uint32_t v = 0; v < graph->nodes; v++)
		if (graph_dep_count(graph, v) > most)
			most = graph_dep_count(graph, v);
	return most;
}

static int ledger_init(struct ledger *ledger, const struct plan *plan, const struct policy *policy,
		       struct error *err)
{
	*ledger = (struct ledger){ .plan = plan };
	ledger->released = malloc(((size_t)most_deps(plan->graph) + 1) * sizeof *ledger->released);
	if (!ledger->released) {
		error_set(err, ERROR_NO_MEMORY, "no memory to simulate");
		return ERROR_NO_MEMORY;
	}
	return retention_init(&ledger->retention, plan, policy, err);
}

static void ledger_release(struct ledger *ledger)
{
	free(ledger->released);
	retention_release(&ledger->retention);
}

/* The block of a map holds no map itself: simulating it goes no deeper. */
static int map_demand(const struct ledger *ledger, uint32_t node, struct demand *demand,
		      struct error *err)
{
	const struct graph_map *map = graph_map_of(ledger->plan->graph, node);
	struct block_cost cost;

	if (block_cost(map->block, ledger->retention.policy, &cost, err) != 0)
		return err->code;
	if (map->items && ledger->retention.policy->prunes_blocks) {
		demand->ended_bytes = map->items * cost.output_bytes;
		demand->running_bytes = demand->ended_bytes - cost.output_bytes + cost.peak_bytes;
		demand->ended_results = map->items;
		demand->running_results = map->items - 1 + cost.peak_results;
	} else if (map->items) {
		demand->ended_bytes = demand->running_bytes = map->items * cost.total_bytes;
		demand->ended_results = demand->running_results = map->items * cost.results;
	}
	return 0;
}

/* A node that takes over its donor's buffer needs no bytes of its own to run. */
static int node_demand(const struct ledger *ledger, uint32_t node, struct demand *demand,
		       struct error *err)
{
	const struct graph *graph = ledger->plan->graph;
	uint64_t size_bytes = graph->size_bytes[node];

	if (graph->flags[node] & NODE_MAP)
		return map_demand(ledger, node, demand, err);
	*demand = (struct demand){
		.running_bytes = size_bytes + graph->transient_bytes[node],
		.ended_bytes = size_bytes,
		.running_results = 1,
		.ended_results = 1,
	};
	if (retention_donor(&ledger->retention, node, graph->size_bytes, size_bytes) != NODE_NONE) {
		demand->running_bytes -= size_bytes;
		demand->running_results = 0;
	}
	return 0;
}

static void note_peak(struct simulation *simulation, uint32_t node, uint64_t bytes, uint64_t results)
{
	if (bytes > simulation->peak_bytes) {
		simulation->peak_bytes = bytes;
		simulation->peak_node = node;
	}
	if (results > simulation->peak_results)
		simulation->peak_results = results;
}

/* What goes with a node's result: a map's is one per item. */
static uint64_t results_of(const struct graph *graph, uint32_t node)
{
	return graph->flags[node] & NODE_MAP ? graph_map_of(graph, node)->items : 1;
}

static void end_node(struct ledger *ledger, uint32_t node, const struct demand *demand)
{
	const struct graph *graph = ledger->plan->graph;
	uint32_t count = retention_ended(&ledger->retention, node, true, ledger->released);

	ledger->live_bytes += demand->ended_bytes;
	ledger->live_results += demand->ended_results;
	for (uint32_t i = 0; i < count; i++) {
		ledger->live_bytes -= graph->size_bytes[ledger->released[i]];
		ledger->live_results -= results_of(graph, ledger->released[i]);
	}
}

static int run_all(struct ledger *ledger, const uint32_t *order, uint64_t *running_bytes,
		   struct simulation *simulation, struct error *err)
{
	for (uint32_t i = 0; i < ledger->plan->count; i++) {
		struct demand demand = { 0 };

		if (node_demand(ledger, order[i], &demand, err) != 0)
			return err->code;
		uint64_t bytes = ledger->live_bytes + demand.running_bytes;

		note_peak(simulation, order[i], bytes, ledger->live_results + demand.running_results);
		if (running_bytes)
			running_bytes[i] = bytes;
		end_node(ledger, order[i], &demand);
	}
	return 0;
}

int simulate(const struct plan *plan, const uint32_t *order, const struct policy *policy,
	     uint64_t *running_bytes, struct simulation *result, struct error *err)
{
	struct simulation simulation = { .peak_node = NODE_NONE };
	struct ledger ledger;
	int code = ledger_init(&ledger, plan, policy, err);

	if (code == 0)
		code = run_all(&ledger, order, running_bytes, &simulation, err);
	if (code == 0) {
		simulation.held_at_end_bytes = ledger.live_bytes;
		simulation.held_at_end_results = ledger.live_results;
		*result = simulation;
	}
	ledger_release(&ledger);
	return code;
}
