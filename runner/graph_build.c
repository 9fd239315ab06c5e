#include "runner/graph_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "runner/block.h"
#include "runner/graph_link.h"
#include "runner/grow.h"
#include "runner/policy.h"

#define TOTAL_BYTES_MAX ((uint64_t)INT64_MAX)

struct request {
	uint32_t symbol, line;
};

struct graph_builder {
	char *source;
	struct build_options options;
	struct graph *graph;            /* all but the edges */
	size_t node_capacity[4];        /* sizes, transients, flags, symbol */
	size_t map_capacity;
	uint64_t total_bytes;
	uint32_t *symbol_line;          /* where it was defined, until then where first named */
	size_t symbol_capacity[2], symbols_seen;
	struct edge *edges;             /* `dep` is a symbol until resolve_edges() */
	size_t edge_count, edge_capacity;
	struct request *requests;
	size_t request_count, request_capacity;
};

struct graph_builder *graph_builder_new(const char *source, const struct build_options *options)
{
	struct graph_builder *builder = calloc(1, sizeof *builder);

	if (!builder)
		return NULL;
	builder->options = options ? *options : (struct build_options)BUILD_OPTIONS_INIT;
	builder->source = strdup(source);
	builder->graph = calloc(1, sizeof *builder->graph);
	if (builder->source && builder->graph)
		return builder;
	graph_builder_free(builder);
	return NULL;
}

void graph_builder_free(struct graph_builder *builder)
{
	if (!builder)
		return;
	free(builder->source);
	graph_free(builder->graph);
	free(builder->symbol_line);
	free(builder->edges);
	free(builder->requests);
	free(builder);
}

const char *graph_builder_source(const struct graph_builder *builder)
{
	return builder->source;
}

const struct build_options *graph_builder_options(const struct graph_builder *builder)
{
	return &builder->options;
}

int graph_builder_error(const struct graph_builder *builder, uint32_t line, struct error *err,
			const char *format, ...)
{
	char text[sizeof err->message];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	error_set(err, ERROR_FORMAT, "%s", text);
	if (line)
		return error_context(err, "%s:%u", builder->source, line);
	return error_context(err, "%s", builder->source);
}

static int no_memory(const struct graph_builder *builder, struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "%s: no memory for a graph of %u nodes",
			 builder->source, builder->graph->nodes);
}

/* Grow *array, a pointer to some array, to `wanted` items. */
static bool reserve(void *array, size_t *capacity, size_t wanted, size_t item_bytes)
{
	void *old, *larger;

	memcpy(&old, array, sizeof old);
	larger = grow(old, capacity, wanted, item_bytes);
	if (larger)
		memcpy(array, &larger, sizeof larger);
	return larger != NULL;
}

/* Intern a name; a new one has no node yet. */
static int name_to_symbol(struct graph_builder *builder, const char *name, size_t length,
			  uint32_t line, uint32_t *symbol, struct error *err)
{
	struct graph *graph = builder->graph;

	if (length == 0)
		return graph_builder_error(builder, line, err, "a name is empty");
	if (symbols_intern(&graph->names, name, length, symbol, err) != 0)
		return error_context(err, "%s", builder->source);
	if (*symbol < builder->symbols_seen)
		return 0;
	if (!reserve(&builder->symbol_line, &builder->symbol_capacity[0], *symbol + 1, sizeof(uint32_t)) ||
	    !reserve(&graph->node_of_symbol, &builder->symbol_capacity[1], *symbol + 1, sizeof(uint32_t)))
		return no_memory(builder, err);
	builder->symbol_line[*symbol] = line;
	graph->node_of_symbol[*symbol] = NODE_NONE;
	builder->symbols_seen = *symbol + 1;
	return 0;
}

static int reserve_node(struct graph_builder *builder, struct error *err)
{
	struct graph *graph = builder->graph;
	size_t wanted = (size_t)graph->nodes + 1;

	if (graph->nodes == NODE_NONE - 1)
		return error_set(err, ERROR_LIMIT, "%s: more than %u nodes", builder->source, NODE_NONE - 1);
	if (reserve(&graph->size_bytes, &builder->node_capacity[0], wanted, sizeof(uint64_t)) &&
	    reserve(&graph->transient_bytes, &builder->node_capacity[1], wanted, sizeof(uint64_t)) &&
	    reserve(&graph->flags, &builder->node_capacity[2], wanted, sizeof(uint8_t)) &&
	    reserve(&graph->symbol, &builder->node_capacity[3], wanted, sizeof(uint32_t)))
		return 0;
	return no_memory(builder, err);
}

/* Keep the sum of everything representable, so that no later sum can overflow. */
static int add_to_total(struct graph_builder *builder, const struct node_spec *spec,
			uint64_t bytes, struct error *err)
{
	if (bytes > TOTAL_BYTES_MAX - builder->total_bytes)
		return graph_builder_error(builder, spec->line, err,
					   "sizes up to node '%.*s' add up to more than 8 EiB",
					   (int)spec->name_length, spec->name);
	builder->total_bytes += bytes;
	return 0;
}

/* Append a node of exactly these sizes. */
static int append(struct graph_builder *builder, const struct node_spec *spec,
		  uint32_t *node, struct error *err)
{
	struct graph *graph = builder->graph;
	uint32_t symbol = SYMBOL_NONE;

	if (name_to_symbol(builder, spec->name, spec->name_length, spec->line, &symbol, err) != 0)
		return err->code;
	if (graph->node_of_symbol[symbol] != NODE_NONE && builder->symbol_line[symbol])
		return graph_builder_error(builder, spec->line, err,
					   "node '%s' is defined twice, first on line %u",
					   symbols_name(&graph->names, symbol),
					   builder->symbol_line[symbol]);
	if (graph->node_of_symbol[symbol] != NODE_NONE)
		return graph_builder_error(builder, spec->line, err, "node '%s' is defined twice",
					   symbols_name(&graph->names, symbol));
	if (add_to_total(builder, spec, spec->size_bytes, err) != 0 ||
	    add_to_total(builder, spec, spec->transient_bytes, err) != 0 ||
	    reserve_node(builder, err) != 0)
		return err->code;
	*node = graph->nodes++;
	graph->size_bytes[*node] = spec->size_bytes;
	graph->transient_bytes[*node] = spec->transient_bytes;
	graph->flags[*node] = (uint8_t)spec->flags;
	graph->symbol[*node] = symbol;
	graph->node_of_symbol[symbol] = *node;
	builder->symbol_line[symbol] = spec->line;
	return 0;
}

/* Past 2^63 the total's check refuses it: any such value will do. */
static uint64_t scaled(uint64_t bytes, double scale)
{
	double product = (double)bytes * scale;

	if (scale == 1.0)
		return bytes;
	return product < 0x1p63 ? (uint64_t)(product + 0.5) : UINT64_MAX;
}

int graph_builder_add(struct graph_builder *builder, const struct node_spec *spec,
		      uint32_t *node, struct error *err)
{
	const struct build_options *options = &builder->options;
	struct node_spec taken = *spec;

	taken.size_bytes = scaled(spec->size_bytes, options->scale);
	taken.transient_bytes = options->transients ?
		scaled(spec->transient_bytes, options->scale) : 0;
	return append(builder, &taken, node, err);
}

/* The block's own sizes are scaled already: it was built with the same options. */
static int append_map(struct graph_builder *builder, const struct node_spec *spec, uint64_t items,
		      const struct graph *block, uint32_t *node, struct error *err)
{
	struct graph *graph = builder->graph;
	struct node_spec taken = *spec;
	uint64_t all_bytes;
	struct block_cost cost;

	if (block_cost(block, POLICY_DEFAULT, &cost, err) != 0)
		return error_context(err, "%s: the block of '%.*s'", builder->source,
				     (int)spec->name_length, spec->name);
	if (__builtin_mul_overflow(items, cost.total_bytes, &all_bytes))
		all_bytes = UINT64_MAX;
	taken.size_bytes = items * cost.output_bytes;
	taken.transient_bytes = items ? cost.peak_bytes - cost.output_bytes : 0;
	taken.flags |= NODE_MAP;
	if (add_to_total(builder, spec, all_bytes, err) != 0 ||
	    append(builder, &taken, node, err) != 0)
		return err->code;
	if (!reserve(&graph->maps, &builder->map_capacity, graph->map_count + 1, sizeof *graph->maps))
		return no_memory(builder, err);
	return 0;
}

int graph_builder_add_map(struct graph_builder *builder, const struct node_spec *spec,
			  uint64_t items, struct graph *block, uint32_t *node, struct error *err)
{
	struct graph *graph = builder->graph;

	if (append_map(builder, spec, items, block, node, err) != 0) {
		graph_free(block);
		return err->code;
	}
	graph->maps[graph->map_count++] = (struct graph_map){ *node, items, block };
	return 0;
}

static int add_edge(struct graph_builder *builder, uint32_t node, uint32_t symbol, struct error *err)
{
	if (builder->edge_count == UINT32_MAX)
		return error_set(err, ERROR_LIMIT, "%s: more than %u dependencies", builder->source,
				 UINT32_MAX);
	if (!reserve(&builder->edges, &builder->edge_capacity, builder->edge_count + 1,
		     sizeof *builder->edges))
		return no_memory(builder, err);
	builder->edges[builder->edge_count++] = (struct edge){ node, symbol };
	return 0;
}

int graph_builder_depend(struct graph_builder *builder, uint32_t node, uint32_t dep,
			 struct error *err)
{
	return add_edge(builder, node, builder->graph->symbol[dep], err);
}

int graph_builder_depend_on(struct graph_builder *builder, uint32_t node, const char *name,
			    size_t length, uint32_t line, struct error *err)
{
	uint32_t symbol = SYMBOL_NONE;

	if (name_to_symbol(builder, name, length, line, &symbol, err) != 0)
		return err->code;
	return add_edge(builder, node, symbol, err);
}

int graph_builder_request(struct graph_builder *builder, const char *name, size_t length,
			  uint32_t line, struct error *err)
{
	uint32_t symbol = SYMBOL_NONE;

	if (name_to_symbol(builder, name, length, line, &symbol, err) != 0)
		return err->code;
	if (!reserve(&builder->requests, &builder->request_capacity, builder->request_count + 1,
		     sizeof *builder->requests))
		return no_memory(builder, err);
	builder->requests[builder->request_count++] = (struct request){ symbol, line };
	return 0;
}

void graph_builder_forget_requests(struct graph_builder *builder)
{
	builder->request_count = 0;
	for (uint32_t v = 0; v < builder->graph->nodes; v++)
		builder->graph->flags[v] &= (uint8_t)~NODE_REQUESTED;
}

/* Turn symbols of edges into nodes; the first one that has none is the error. */
static int resolve_edges(struct graph_builder *builder, struct error *err)
{
	const struct graph *graph = builder->graph;

	for (size_t i = 0; i < builder->edge_count; i++) {
		struct edge *edge = &builder->edges[i];
		uint32_t dep = graph->node_of_symbol[edge->dep];

		if (dep == NODE_NONE)
			return graph_builder_error(builder, builder->symbol_line[edge->dep], err,
						   "node '%s' depends on '%s', which is not defined",
						   graph_name(graph, edge->node),
						   symbols_name(&graph->names, edge->dep));
		edge->dep = dep;
	}
	return 0;
}

static int resolve_requests(struct graph_builder *builder, struct error *err)
{
	const struct graph *graph = builder->graph;

	for (size_t i = 0; i < builder->request_count; i++) {
		const struct request *request = &builder->requests[i];
		uint32_t node = graph->node_of_symbol[request->symbol];

		if (node == NODE_NONE)
			return graph_builder_error(builder, request->line, err,
						   "output '%s' is not a node",
						   symbols_name(&graph->names, request->symbol));
		graph->flags[node] |= NODE_REQUESTED;
	}
	return 0;
}

static void request_sinks(struct graph *graph)
{
	for (uint32_t v = 0; v < graph->nodes; v++)
		if (graph->consumer_start[v] == graph->consumer_start[v + 1])
			graph->flags[v] |= NODE_REQUESTED;
}

static bool anything_requested(const struct graph *graph)
{
	for (uint32_t v = 0; v < graph->nodes; v++)
		if (graph->flags[v] & NODE_REQUESTED)
			return true;
	return false;
}

int graph_builder_finish(struct graph_builder *builder, struct graph **result, struct error *err)
{
	struct graph *graph = builder->graph;

	if (graph->nodes == 0)
		return graph_builder_error(builder, 0, err, "there are no nodes");
	if (resolve_edges(builder, err) != 0 || resolve_requests(builder, err) != 0)
		return err->code;
	if (graph_link(graph, builder->edges, builder->edge_count, err) != 0)
		return error_context(err, "%s", builder->source);
	if (!anything_requested(graph))
		request_sinks(graph);
	if (graph_check_acyclic(graph, err) != 0)
		return error_context(err, "%s", builder->source);
	builder->graph = NULL;
	*result = graph;
	return 0;
}
