#include "runner/bound.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/flow.h"
#include "runner/order.h"
#include "runner/policy.h"
#include "runner/simulate.h"

/*
 * The network.  Vertex 2u, on the source's side: u has ended.  Vertex 2u + 1,
 * on the source's side: all readers of u have ended.  Cut arcs cost bytes:
 *
 *     2u -> 2u+1       size(u): u has ended and some reader has not
 *     2u -> sink       size(u) if u is requested
 *     2u+1 -> 2c       never cut: c is a reader of u
 *     2c -> 2u         never cut: u is a dependency of c
 *     source -> 2u     never cut for ancestors of v, else 0
 *     2u -> sink       never cut for v and its descendants
 */
struct network {
	const struct plan *plan;
	struct flow *flow;
	uint32_t source, sink;
	uint32_t *from_source, *held, *to_sink;         /* arcs, by node */
	uint32_t fixed_begin, fixed_end;                /* arcs that are never cut */
	uint8_t *side;                                  /* scratch, by node: enum side */
	uint32_t *queue;                                /* scratch */
};

enum side { FREE, ENDED, NOT_STARTED };

/* Below this many cuts it is not worth ranking the candidates. */
enum { CUTS_MIN = 64 };

static int no_memory(struct error *err)
{
	error_set(err, ERROR_NO_MEMORY, "no memory for the lower bound");
	return ERROR_NO_MEMORY;
}

static void network_release(struct network *network)
{
	flow_free(network->flow);
	free(network->from_source);
	free(network->held);
	free(network->to_sink);
	free(network->side);
	free(network->queue);
}

static void add_node_arcs(struct network *network, uint32_t u)
{
	network->from_source[u] = flow_add_arc(network->flow, network->source, 2 * u);
	network->to_sink[u] = flow_add_arc(network->flow, 2 * u, network->sink);
	network->held[u] = flow_add_arc(network->flow, 2 * u, 2 * u + 1);
}

/* Arcs that are never cut, for each dependency that is executed. */
static void add_edge_arcs(struct network *network, uint32_t c)
{
	const struct graph *graph = network->plan->graph;

	for (uint32_t i = graph->dep_start[c]; i < graph->dep_start[c + 1]; i++) {
		uint32_t u = graph->deps[i];

		if (!network->plan->on_path[u])
			continue;
		flow_add_arc(network->flow, 2 * u + 1, 2 * c);
		network->fixed_end = flow_add_arc(network->flow, 2 * c, 2 * u) + 1;
	}
}

static int network_init(struct network *network, const struct plan *plan, struct error *err)
{
	const struct graph *graph = plan->graph;
	uint32_t nodes = graph->nodes;

	*network = (struct network){ .plan = plan, .source = 2 * nodes, .sink = 2 * nodes + 1 };
	network->flow = flow_new(2 * nodes + 2, 3 * nodes + 2 * graph->edges);
	network->from_source = malloc(nodes * sizeof(uint32_t));
	network->held = malloc(nodes * sizeof(uint32_t));
	network->to_sink = malloc(nodes * sizeof(uint32_t));
	network->side = malloc(nodes);
	network->queue = malloc(nodes * sizeof(uint32_t));
	if (!network->flow || !network->from_source || !network->held || !network->to_sink ||
	    !network->side || !network->queue)
		return no_memory(err);
	for (uint32_t u = 0; u < nodes; u++)
		if (plan->on_path[u])
			add_node_arcs(network, u);
	network->fixed_begin = network->fixed_end = 3 * plan->count;
	for (uint32_t u = 0; u < nodes; u++)
		if (plan->on_path[u])
			add_edge_arcs(network, u);
	return 0;
}

/* Mark all that is reached from v over `next`, v itself left out. */
static void mark(struct network *network, uint32_t v, const uint32_t *start, const uint32_t *next,
		 enum side side)
{
	uint32_t head = 0, tail = 0;

	network->queue[tail++] = v;
	while (head < tail) {
		uint32_t u = network->queue[head++];

		for (uint32_t i = start[u]; i < start[u + 1]; i++) {
			uint32_t w = next[i];

			if (!network->plan->on_path[w] || network->side[w] == side)
				continue;
			network->side[w] = (uint8_t)side;
			network->queue[tail++] = w;
		}
	}
}

static void set_capacities(struct network *network, uint32_t v)
{
	const struct graph *graph = network->plan->graph;

	memset(network->side, FREE, graph->nodes);
	mark(network, v, graph->dep_start, graph->deps, ENDED);
	mark(network, v, graph->consumer_start, graph->consumers, NOT_STARTED);
	network->side[v] = NOT_STARTED;
	for (uint32_t u = 0; u < graph->nodes; u++) {
		if (!network->plan->on_path[u])
			continue;
		bool requested = plan_requested(network->plan, u);
		uint64_t leaving = requested ? graph->size_bytes[u] : 0;

		flow_set_capacity(network->flow, network->from_source[u],
				  network->side[u] == ENDED ? FLOW_UNLIMITED : 0);
		flow_set_capacity(network->flow, network->to_sink[u],
				  network->side[u] == NOT_STARTED ? FLOW_UNLIMITED : leaving);
		flow_set_capacity(network->flow, network->held[u],
				  requested ? 0 : graph->size_bytes[u]);
	}
	for (uint32_t arc = network->fixed_begin; arc < network->fixed_end; arc++)
		flow_set_capacity(network->flow, arc, FLOW_UNLIMITED);
}

/*
 * With a large enough dependency to take over, a node may need no bytes of its
 * own; the same goes for the nodes in a map's block.
 */
static uint64_t own_bytes(const struct plan *plan, uint32_t v, bool in_place)
{
	const struct graph *graph = plan->graph;
	unsigned keeps = NODE_INPUT | NODE_REQUESTED | NODE_MAP;

	if (in_place && graph->flags[v] & NODE_MAP)
		return graph->size_bytes[v];
	if (in_place && graph->flags[v] & NODE_IN_PLACE)
		for (uint32_t i = graph->dep_start[v]; i < graph->dep_start[v + 1]; i++)
			if (!(graph->flags[graph->deps[i]] & keeps) &&
			    graph->size_bytes[graph->deps[i]] >= graph->size_bytes[v])
				return graph->transient_bytes[v];
	return graph->size_bytes[v] + graph->transient_bytes[v];
}

/* A node, and what its bound is at most and at least, from cheap looks. */
struct candidate {
	uint32_t node;
	uint64_t at_most;
};

/* No order helps v below this: its dependencies are there while it runs. */
static uint64_t star_bytes(const struct plan *plan, uint32_t v, bool in_place)
{
	const struct graph *graph = plan->graph;
	uint64_t sum = own_bytes(plan, v, in_place);

	for (uint32_t i = graph->dep_start[v]; i < graph->dep_start[v + 1]; i++)
		if (plan->on_path[graph->deps[i]])
			sum += graph->size_bytes[graph->deps[i]];
	return sum;
}

static void start_from_outputs_and_stars(const struct plan *plan, bool in_place, struct bound *bound)
{
	for (uint32_t v = 0; v < plan->graph->nodes; v++)
		if (plan->on_path[v] && plan_requested(plan, v))
			bound->bytes += plan->graph->size_bytes[v];
	for (uint32_t v = 0; v < plan->graph->nodes; v++) {
		if (!plan->on_path[v])
			continue;
		uint64_t bytes = star_bytes(plan, v, in_place);

		if (bytes > bound->bytes) {
			bound->bytes = bytes;
			bound->node = v;
		}
	}
}

/* What is held while v runs in any one order is no less than v's bound. */
static int lower_by_order(const struct plan *plan, const struct order *order,
			  struct candidate *candidates, struct error *err)
{
	uint64_t *running = malloc(((size_t)plan->count + 1) * sizeof *running);
	struct simulation simulation;
	uint32_t *sequence = NULL;

	if (!running)
		return no_memory(err);
	int code = order_make(order, plan, &sequence, err);
	if (code == 0)
		code = simulate(plan, sequence, &policy_refcount_path, running, &simulation, err);
	for (uint32_t i = 0; code == 0 && i < plan->count; i++) {
		struct candidate *candidate = &candidates[sequence[i]];

		candidate->node = sequence[i];
		if (running[i] < candidate->at_most)
			candidate->at_most = running[i];
	}
	free(running);
	free(sequence);
	return code;
}

static int by_promise(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->at_most != right->at_most)
		return left->at_most > right->at_most ? -1 : 1;
	return left->node < right->node ? -1 : left->node > right->node;
}

/* Candidates on the path, the most promising first; the rest behind them. */
static int rank_candidates(const struct plan *plan, struct candidate **ranked, struct error *err)
{
	const struct order *const looks[] = { &order_file, &order_dfs, &order_greedy, &order_liu };
	struct candidate *candidates = malloc(plan->graph->nodes * sizeof *candidates);
	int code = 0;

	if (!candidates)
		return no_memory(err);
	for (uint32_t v = 0; v < plan->graph->nodes; v++)
		candidates[v] = (struct candidate){ v, plan->on_path[v] ? UINT64_MAX : 0 };
	for (size_t i = 0; code == 0 && i < sizeof looks / sizeof looks[0]; i++)
		code = lower_by_order(plan, looks[i], candidates, err);
	if (code == 0) {
		qsort(candidates, plan->graph->nodes, sizeof *candidates, by_promise);
		*ranked = candidates;
	} else {
		free(candidates);
	}
	return code;
}

/* Setting up a cut looks at every arc once. */
static uint64_t setup_work(const struct plan *plan)
{
	return 3 * (uint64_t)plan->count + 2 * (uint64_t)plan->graph->edges;
}

/* One cut after the other while one can still raise the bound and work is left. */
static void raise_by_cuts(struct network *network, const struct candidate *ranked,
			  const struct bound_options *options, struct bound *bound)
{
	const struct plan *plan = network->plan;
	uint64_t work = options->work;
	uint32_t i;

	for (i = 0; i < plan->count && ranked[i].at_most > bound->bytes; i++) {
		uint32_t v = ranked[i].node;

		if (work <= setup_work(plan))
			break;
		work -= setup_work(plan);
		set_capacities(network, v);
		uint64_t bytes = own_bytes(plan, v, options->in_place) +
			flow_run(network->flow, network->source, network->sink, &work);

		bound->cuts++;
		if (bytes > bound->bytes) {
			bound->bytes = bytes;
			bound->node = v;
		}
	}
	bound->all_nodes = work > 0 && (i == plan->count || ranked[i].at_most <= bound->bytes);
}

int bound_compute(const struct plan *plan, const struct bound_options *given, struct bound *result,
		  struct error *err)
{
	struct bound_options options = given ? *given : (struct bound_options)BOUND_OPTIONS_INIT;
	struct bound bound = { .node = NODE_NONE, .all_nodes = plan->count == 0 };
	struct network network = { .plan = NULL };
	struct candidate *ranked = NULL;
	int code = 0;

	start_from_outputs_and_stars(plan, options.in_place, &bound);
	if (plan->count && setup_work(plan) < options.work / CUTS_MIN) {
		code = rank_candidates(plan, &ranked, err);
		if (code == 0)
			code = network_init(&network, plan, err);
		if (code == 0)
			raise_by_cuts(&network, ranked, &options, &bound);
		network_release(&network);
		free(ranked);
	}
	if (code == 0)
		*result = bound;
	return code;
}
