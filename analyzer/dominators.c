#include "analyzer/dominators.h"

#include <stdlib.h>

/*
 * Everything below works on preorder numbers of a depth-first search: 0 is the
 * roots together, n > 0 the n-th node that was reached.
 */
struct visit {
	uint32_t parent;        /* in the tree; later the ancestor that paths are compressed to */
	uint32_t label;         /* of the compressed path, the number with the least semidominator */
	uint32_t semi;          /* semidominator */
	uint32_t dominator;
};

/* An edge that is not in the tree. */
struct cross {
	uint32_t from, to;
};

struct stacked { uint32_t from, node; };

struct search {
	const struct pointer_graph *graph;
	uint32_t *number;       /* by node; 0: not reached yet */
	uint32_t *order;        /* by number: the node */
	struct visit *visits;   /* by number */
	uint32_t count;         /* numbers in use, 0 included */
	struct cross *crosses;
	size_t cross_count;
	struct stacked *stack;
	size_t depth;
};

/* --- The depth-first tree ---------------------------------------------------------- */

/*
 * A node is numbered when it leaves the stack: the newest entry is always that
 * of the deepest node, so this is a depth-first order.  What is pushed will be
 * looked at soon: fetch it.
 */
static void push(struct search *search, uint32_t from, uint32_t node)
{
	search->stack[search->depth++] = (struct stacked){ from, node };
	__builtin_prefetch(&search->number[node]);
	__builtin_prefetch(&search->graph->first[node]);
}

static void push_targets(struct search *search, uint32_t from, uint32_t node)
{
	const struct pointer_graph *graph = search->graph;

	for (uint32_t e = graph->first[node + 1]; e-- > graph->first[node];)
		push(search, from, graph->target[e]);
}

/* Where the tree's own edge or a loop stands, another edge adds nothing. */
static void add_cross(struct search *search, uint32_t from, uint32_t to)
{
	if (from != to && from != search->visits[to].parent)
		search->crosses[search->cross_count++] = (struct cross){ from, to };
}

static void visit_all(struct search *search)
{
	search->count = 1;
	for (size_t i = search->graph->root_count; i-- > 0;)
		push(search, 0, search->graph->roots[i]);
	while (search->depth) {
		struct stacked top = search->stack[--search->depth];
		uint32_t number = search->number[top.node];

		if (number) {
			add_cross(search, top.from, number);
			continue;
		}
		number = search->count++;
		search->number[top.node] = number;
		search->order[number] = top.node;
		search->visits[number] = (struct visit){ top.from, number, top.from, top.from };
		push_targets(search, number, top.node);
	}
}

/* --- Semidominators ------------------------------------------------------------------ */

/* Sort the crosses by `to`: those to n begin at start[n + 1]. */
static struct cross *sort_crosses(const struct search *search, uint32_t *start)
{
	struct cross *sorted = malloc((search->cross_count + 1) * sizeof *sorted);

	if (!sorted)
		return NULL;
	for (size_t i = 0; i < search->cross_count; i++)
		start[search->crosses[i].to + 1]++;
	for (uint32_t n = 0; n < search->count; n++)
		start[n + 1] += start[n];
	for (size_t i = search->cross_count; i-- > 0;) {
		uint32_t to = search->crosses[i].to;

		sorted[--start[to + 1]] = search->crosses[i];
	}
	start[search->count + 1] = (uint32_t)search->cross_count;
	return sorted;
}

/*
 * Of the numbers between `number` and the one under work, `limit`, the one with
 * the least semidominator; the path is made short for the next time.  `stack`
 * has room for all numbers.
 */
static uint32_t least_on_path(struct visit *visits, uint32_t number, uint32_t limit, uint32_t *stack)
{
	size_t depth = 0;

	for (; visits[number].parent > limit; number = visits[number].parent)
		stack[depth++] = number;
	while (depth) {
		uint32_t below = stack[--depth];

		if (visits[visits[number].label].semi < visits[visits[below].label].semi)
			visits[below].label = visits[number].label;
		visits[below].parent = visits[number].parent;
		number = below;
	}
	return visits[number].label;
}

static void find_semidominators(struct search *search, const struct cross *crosses,
				const uint32_t *start, uint32_t *stack)
{
	struct visit *visits = search->visits;

	for (uint32_t n = search->count; n-- > 1;) {
		for (uint32_t c = start[n + 1]; c < start[n + 2]; c++) {
			uint32_t from = crosses[c].from;
			uint32_t semi = from < n ? from
				: visits[least_on_path(visits, from, n, stack)].semi;

			if (semi < visits[n].semi)
				visits[n].semi = semi;
		}
	}
}

/* --- Dominators ------------------------------------------------------------------------ */

/* The nearest common ancestor of the parent and the semidominator, in the dominator tree so far. */
static void find_dominators(struct search *search)
{
	struct visit *visits = search->visits;

	for (uint32_t n = 1; n < search->count; n++) {
		uint32_t dominator = visits[n].dominator;

		while (dominator > visits[n].semi)
			dominator = visits[dominator].dominator;
		visits[n].dominator = dominator;
	}
}

static void write_dominators(const struct search *search, uint32_t *dominator)
{
	for (uint32_t node = 0; node < search->graph->nodes; node++)
		if (!search->number[node])
			dominator[node] = DOMINATOR_UNREACHED;
	for (uint32_t n = 1; n < search->count; n++) {
		uint32_t above = search->visits[n].dominator;

		dominator[search->order[n]] = above ? search->order[above] : DOMINATOR_ROOTS;
	}
}

static void write_retained(const struct search *search, const uint64_t *bytes, uint64_t *retained)
{
	for (uint32_t node = 0; node < search->graph->nodes; node++)
		retained[node] = bytes[node];
	for (uint32_t n = search->count; n-- > 1;) {
		uint32_t above = search->visits[n].dominator;

		if (above)
			retained[search->order[above]] += retained[search->order[n]];
	}
}

static int solve(struct search *search)
{
	uint32_t *start = calloc((size_t)search->count + 2, sizeof *start);
	uint32_t *stack = malloc((size_t)search->count * sizeof *stack);
	struct cross *crosses = start && stack ? sort_crosses(search, start) : NULL;
	int result = crosses ? 0 : -1;

	if (crosses) {
		find_semidominators(search, crosses, start, stack);
		find_dominators(search);
	}
	free(start);
	free(stack);
	free(crosses);
	return result;
}

int dominators_find(const struct pointer_graph *graph, const uint64_t *bytes, uint32_t *dominator,
		    uint64_t *retained)
{
	size_t nodes = graph->nodes, edges = graph->first[nodes] + graph->root_count;
	struct search search = {
		.graph = graph,
		.number = calloc(nodes + 1, sizeof *search.number),
		.order = malloc((nodes + 1) * sizeof *search.order),
		.visits = calloc(nodes + 1, sizeof *search.visits),
		.crosses = malloc((edges + 1) * sizeof *search.crosses),
		.stack = malloc((edges + nodes + 1) * sizeof *search.stack),
	};
	int result = -1;

	if (search.number && search.order && search.visits && search.crosses && search.stack) {
		visit_all(&search);
		result = solve(&search);
	}
	if (!result) {
		write_dominators(&search, dominator);
		if (bytes && retained)
			write_retained(&search, bytes, retained);
	}
	free(search.number);
	free(search.order);
	free(search.visits);
	free(search.crosses);
	free(search.stack);
	return result;
}
