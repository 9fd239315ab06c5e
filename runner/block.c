#include "runner/block.h"

#include <stdlib.h>

#include "base/error.h"
#include "runner/graph.h"
#include "runner/order.h"
#include "runner/plan.h"
#include "runner/simulate.h"

static int check(const struct graph *block, uint32_t *output, struct error *err)
{
	uint32_t outputs = 0;

	if (block->map_count)
		return error_set(err, ERROR_FORMAT, "map '%s' stands inside a map",
				 graph_name(block, block->maps[0].node));
	for (uint32_t v = 0; v < block->nodes; v++)
		if (block->flags[v] & NODE_REQUESTED) {
			*output = v;
			outputs++;
		}
	if (outputs != 1)
		return error_set(err, ERROR_FORMAT, "%u outputs where one is needed", outputs);
	if (block->flags[*output] & NODE_INPUT)
		return error_set(err, ERROR_FORMAT, "the output '%s' is an input",
				 graph_name(block, *output));
	return 0;
}

static int simulate_in_file_order(const struct plan *plan, const struct policy *policy,
				  struct simulation *simulation, struct error *err)
{
	uint32_t *order;
	int code = order_make(&order_file, plan, &order, err);

	if (code == 0) {
		code = simulate(plan, order, policy, NULL, simulation, err);
		free(order);
	}
	return code;
}

static void count_results(const struct plan *plan, struct block_cost *cost)
{
	for (uint32_t v = 0; v < plan->graph->nodes; v++) {
		if (!plan->on_path[v])
			continue;
		cost->total_bytes += plan->graph->size_bytes[v];
		cost->results++;
	}
}

int block_cost(const struct graph *block, const struct policy *policy, struct block_cost *result,
	       struct error *err)
{
	struct block_cost cost = { 0 };
	struct simulation simulation;
	struct plan plan;
	uint32_t output = 0;

	if (check(block, &output, err) != 0)
		return err->code;
	int code = plan_init(&plan, block, err);
	if (code != 0)
		return code;
	code = simulate_in_file_order(&plan, policy, &simulation, err);
	if (code == 0) {
		cost.output_bytes = block->size_bytes[output];
		cost.peak_bytes = simulation.peak_bytes;
		cost.peak_results = simulation.peak_results;
		count_results(&plan, &cost);
		*result = cost;
	}
	plan_release(&plan);
	return code;
}
