/*
 * Depth-first from the outputs, the dependency first whose need exceeds what
 * it leaves behind by most: sorted by need minus size, descending.
 *
 *     need(v) = max( max over deps d in that order of (sizes before d) + need(d),
 *                    sizes of all deps + size(v) + transient(v) )
 *
 * Optimal among the postorders of a tree: J. W. H. Liu, "On the storage
 * requirement in the out-of-core multifrontal method for sparse
 * factorization", ACM TOMS 12 (1986).  On a DAG, where a shared dependency is
 * counted under each consumer, a heuristic.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/order.h"
#include "runner/postorder.h"

/* One row per node, so that a comparison needs no context but this array. */
struct needs {
	const struct plan *plan;
	uint64_t *need_bytes;
};

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Inputs and what is not executed hold nothing of ours. */
static uint64_t size_of(const struct plan *plan, uint32_t node)
{
	return plan->on_path[node] ? plan->graph->size_bytes[node] : 0;
}

static uint64_t excess(const struct needs *needs, uint32_t node)
{
	return needs->need_bytes[node] - size_of(needs->plan, node);
}

static int by_excess(const void *a, const void *b, void *context)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	uint64_t left_excess = excess(context, left), right_excess = excess(context, right);

	if (left_excess != right_excess)
		return left_excess > right_excess ? -1 : 1;
	return left < right ? -1 : left > right;
}

/* Sort v's dependencies, whose needs are known, and set v's own. */
static void settle(struct needs *needs, uint32_t *deps, uint32_t v)
{
	const struct graph *graph = needs->plan->graph;
	uint32_t begin = graph->dep_start[v], end = graph->dep_start[v + 1];
	uint64_t before = 0, most = 0;

	qsort_r(deps + begin, end - begin, sizeof *deps, by_excess, needs);
	for (uint32_t i = begin; i < end; i++) {
		uint64_t need = add_saturating(before, needs->need_bytes[deps[i]]);

		most = need > most ? need : most;
		before += size_of(needs->plan, deps[i]);
	}
	before += graph->size_bytes[v] + graph->transient_bytes[v];
	needs->need_bytes[v] = before > most ? before : most;
}

static int follow(struct needs *needs, uint32_t *deps, uint32_t *outputs, uint32_t output_count,
		  uint32_t *order, struct error *err)
{
	const struct plan *plan = needs->plan;

	/* Any topological order will do to settle the needs: use the room of the answer. */
	int code = order_bfs.fill(plan, order, err);
	if (code != 0)
		return code;
	for (uint32_t i = 0; i < plan->count; i++)
		settle(needs, deps, order[i]);
	qsort_r(outputs, output_count, sizeof *outputs, by_excess, needs);
	return postorder(plan, deps, outputs, output_count, order, err);
}

static int fill(const struct plan *plan, uint32_t *order, struct error *err)
{
	const struct graph *graph = plan->graph;
	struct needs needs = { plan, calloc(graph->nodes, sizeof *needs.need_bytes) };
	uint32_t *deps = malloc(((size_t)graph->edges + 1) * sizeof *deps);
	uint32_t output_count;
	uint32_t *outputs = postorder_outputs(plan, &output_count);
	int code;

	if (needs.need_bytes && deps && outputs) {
		memcpy(deps, graph->deps, graph->edges * sizeof *deps);
		code = follow(&needs, deps, outputs, output_count, order, err);
	} else {
		code = error_set(err, ERROR_NO_MEMORY, "no memory to order %u nodes", plan->count);
	}
	free(needs.need_bytes);
	free(deps);
	free(outputs);
	return code;
}

const struct order order_liu = {
	.name = "liu",
	.summary = "depth-first, dependencies by need minus size (Liu 1986): optimal on trees among postorders",
	.fill = fill,
};
