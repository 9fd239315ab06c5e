/*
 * graph_build: makes a graph out of what a parser, a generator or a program
 * says, in any order, and refuses what is not a DAG.
 *
 * Dependencies may be named before they are defined.  All checks that need the
 * whole are made by graph_builder_finish(): a missing dependency, an unknown
 * output, a cycle, sizes beyond 2^63.  Messages begin with the source and,
 * where a line is known, "SOURCE:LINE: ".  After an error the builder is only
 * good for graph_builder_free().
 */
#ifndef DAGMEM_RUNNER_GRAPH_BUILD_H
#define DAGMEM_RUNNER_GRAPH_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/graph.h"

struct error;
struct graph_builder;

/* How sizes are taken over. */
struct build_options {
	double scale;           /* every size and transient times this; 1 = as they are */
	bool transients;        /* count transients; else they are taken as 0 */
};

#define BUILD_OPTIONS_INIT { 1.0, true }

/* `source` (a file's name) is copied; NULL `options` = BUILD_OPTIONS_INIT.  NULL: no memory. */
struct graph_builder *graph_builder_new(const char *source, const struct build_options *options);
void graph_builder_free(struct graph_builder *builder);

/* As given to graph_builder_new(). */
const char *graph_builder_source(const struct graph_builder *builder);
const struct build_options *graph_builder_options(const struct graph_builder *builder);

struct node_spec {
	const char *name;
	size_t name_length;
	uint64_t size_bytes, transient_bytes;
	unsigned flags;         /* enum node_flag, but for NODE_MAP */
	uint32_t line;          /* 0 = not known */
};

/* Append a node; `*node` is its number.  A name that is taken: ERROR_FORMAT. */
int graph_builder_add(struct graph_builder *builder, const struct node_spec *spec,
		      uint32_t *node, struct error *err);

/*
 * Append a map node whose size is `items` times the block's output and whose
 * transient is what a block needs beyond it; both ignore spec's.  The builder
 * takes over `block`, also on failure.
 */
int graph_builder_add_map(struct graph_builder *builder, const struct node_spec *spec,
			  uint64_t items, struct graph *block, uint32_t *node, struct error *err);

/* `node` reads the result of `dep`, a node that was added before.  Saying so twice counts once. */
int graph_builder_depend(struct graph_builder *builder, uint32_t node, uint32_t dep,
			 struct error *err);

/* The same by name, which may be defined later. */
int graph_builder_depend_on(struct graph_builder *builder, uint32_t node, const char *name,
			    size_t length, uint32_t line, struct error *err);

/* The node of this name, defined now or later, is an output. */
int graph_builder_request(struct graph_builder *builder, const char *name, size_t length,
			  uint32_t line, struct error *err);

/* What has been requested so far is not. */
void graph_builder_forget_requests(struct graph_builder *builder);

/* An error at a place of the source: "SOURCE:LINE: ..." (line 0: "SOURCE: ..."). */
int graph_builder_error(const struct graph_builder *builder, uint32_t line, struct error *err,
			const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Check all and hand over the graph, which the caller frees.  Where nothing
 * was requested, the sinks are.  The builder is spent either way.
 */
int graph_builder_finish(struct graph_builder *builder, struct graph **graph, struct error *err);

#endif
