#include "runner/graph_link.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/graph.h"

static int no_memory(struct error *err)
{
	error_set(err, ERROR_NO_MEMORY, "no memory for the graph's edges");
	return ERROR_NO_MEMORY;
}

/* Turn counts at [v] into starts: start[v] = sum of the counts before v. */
static void counts_to_starts(uint32_t *start, uint32_t nodes)
{
	uint32_t sum = 0;

	for (uint32_t v = 0; v <= nodes; v++) {
		uint32_t count = start[v];

		start[v] = sum;
		sum += count;
	}
}

/* Undo that filling moved every start to the next one's place. */
static void shift_starts_back(uint32_t *start, uint32_t nodes)
{
	memmove(start + 1, start, nodes * sizeof *start);
	start[0] = 0;
}

/* named_deps: by node, in the order of the edges, still with repetitions. */
static void bucket_edges(struct graph *graph, const struct edge *edges, size_t edge_count)
{
	for (size_t i = 0; i < edge_count; i++)
		graph->dep_start[edges[i].node]++;
	counts_to_starts(graph->dep_start, graph->nodes);
	for (size_t i = 0; i < edge_count; i++)
		graph->named_deps[graph->dep_start[edges[i].node]++] = edges[i].dep;
	shift_starts_back(graph->dep_start, graph->nodes);
}

/* `seen[d]` is v + 1 once v has named d.  Compacts in place and counts consumers. */
static void drop_repetitions(struct graph *graph, uint32_t *seen)
{
	uint32_t kept = 0, begin = 0;

	for (uint32_t v = 0; v < graph->nodes; v++) {
		uint32_t end = graph->dep_start[v + 1];

		graph->dep_start[v] = kept;
		for (uint32_t i = begin; i < end; i++) {
			uint32_t dep = graph->named_deps[i];

			if (seen[dep] == v + 1)
				continue;
			seen[dep] = v + 1;
			graph->named_deps[kept++] = dep;
			graph->consumer_start[dep]++;
		}
		begin = end;
	}
	graph->dep_start[graph->nodes] = kept;
	graph->edges = kept;
}

/* Transpose twice: both lists come out ascending. */
static void sort_both_ways(struct graph *graph)
{
	counts_to_starts(graph->consumer_start, graph->nodes);
	for (uint32_t v = 0; v < graph->nodes; v++)
		for (uint32_t i = graph->dep_start[v]; i < graph->dep_start[v + 1]; i++)
			graph->consumers[graph->consumer_start[graph->named_deps[i]]++] = v;
	shift_starts_back(graph->consumer_start, graph->nodes);
	for (uint32_t d = 0; d < graph->nodes; d++)
		for (uint32_t i = graph->consumer_start[d]; i < graph->consumer_start[d + 1]; i++)
			graph->deps[graph->dep_start[graph->consumers[i]]++] = d;
	shift_starts_back(graph->dep_start, graph->nodes);
}

/* Most graphs name dependencies in file order: one array does for both. */
static void share_if_equal(struct graph *graph)
{
	if (memcmp(graph->deps, graph->named_deps, graph->edges * sizeof *graph->deps) != 0)
		return;
	free(graph->named_deps);
	graph->named_deps = graph->deps;
}

int graph_link(struct graph *graph, const struct edge *edges, size_t edge_count, struct error *err)
{
	size_t room = edge_count ? edge_count : 1;
	uint32_t *seen = calloc(graph->nodes, sizeof *seen);

	graph->dep_start = calloc((size_t)graph->nodes + 1, sizeof(uint32_t));
	graph->consumer_start = calloc((size_t)graph->nodes + 1, sizeof(uint32_t));
	graph->deps = calloc(room, sizeof(uint32_t));
	graph->named_deps = calloc(room, sizeof(uint32_t));
	graph->consumers = calloc(room, sizeof(uint32_t));
	if (!seen || !graph->dep_start || !graph->consumer_start || !graph->deps ||
	    !graph->named_deps || !graph->consumers) {
		free(seen);
		return no_memory(err);
	}
	bucket_edges(graph, edges, edge_count);
	drop_repetitions(graph, seen);
	free(seen);
	sort_both_ways(graph);
	share_if_equal(graph);
	return 0;
}

/* Peel sources off (Kahn); what stays, `pending[v] > 0`, is on a cycle or behind one. */
static uint32_t peel(const struct graph *graph, uint32_t *pending, uint32_t *queue)
{
	uint32_t head = 0, tail = 0;

	for (uint32_t v = 0; v < graph->nodes; v++) {
		pending[v] = graph_dep_count(graph, v);
		if (!pending[v])
			queue[tail++] = v;
	}
	while (head < tail) {
		uint32_t v = queue[head++];

		for (uint32_t i = graph->consumer_start[v]; i < graph->consumer_start[v + 1]; i++)
			if (--pending[graph->consumers[i]] == 0)
				queue[tail++] = graph->consumers[i];
	}
	return tail;
}

static uint32_t pending_dep(const struct graph *graph, const uint32_t *pending, uint32_t v)
{
	uint32_t i = graph->dep_start[v];

	while (!pending[graph->deps[i]])
		i++;
	return graph->deps[i];
}

/* Every node left has a dependency left: walking back must come to a cycle. */
static uint32_t node_on_cycle(const struct graph *graph, const uint32_t *pending)
{
	uint32_t v = 0;

	while (!pending[v])
		v++;
	for (uint32_t steps = 0; steps < graph->nodes; steps++)
		v = pending_dep(graph, pending, v);
	return v;
}

/* As many of the names as fit, the first again at the end. */
static int describe_cycle(const struct graph *graph, const uint32_t *pending, struct error *err)
{
	uint32_t first = node_on_cycle(graph, pending), v = first, length = 0, shown = 0;
	char text[sizeof err->message / 2] = "";
	size_t used = 0;

	do {
		size_t bytes = strlen(graph_name(graph, v)) + strlen(" <- ");

		if (shown == length && used + bytes < sizeof text) {
			memcpy(text + used, graph_name(graph, v), bytes - strlen(" <- "));
			memcpy(text + used + bytes - strlen(" <- "), " <- ", strlen(" <- "));
			used += bytes;
			shown++;
		}
		length++;
		v = pending_dep(graph, pending, v);
	} while (v != first);
	text[used < sizeof text ? used : sizeof text - 1] = '\0';
	return error_set(err, ERROR_FORMAT, "%u node%s on a cycle: %s%s%.100s", length,
			 length == 1 ? "" : "s", text, shown < length ? "... <- " : "",
			 graph_name(graph, first));
}

int graph_check_acyclic(const struct graph *graph, struct error *err)
{
	uint32_t *pending = calloc(graph->nodes, sizeof *pending);
	uint32_t *queue = calloc(graph->nodes, sizeof *queue);
	int code = 0;

	if (!pending || !queue)
		code = no_memory(err);
	else if (peel(graph, pending, queue) < graph->nodes)
		code = describe_cycle(graph, pending, err);
	free(pending);
	free(queue);
	return code;
}
