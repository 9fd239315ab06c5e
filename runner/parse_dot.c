#include <graphviz/cgraph.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"
#include "runner/graph_build.h"
#include "runner/parse.h"

/* What cgraph said last, without its newline: "syntax error in line 3 near '}'". */
static int syntax_error(const struct graph_builder *builder, struct error *err)
{
	char *message = agerrors() > 0 ? aglasterr() : NULL;
	const char *text = message ? message : "not a graph";

	if (strncmp(text, "<unknown>: ", strlen("<unknown>: ")) == 0)
		text += strlen("<unknown>: ");
	graph_builder_error(builder, 0, err, "%.*s", (int)strcspn(text, "\n"), text);
	free(message);
	return err->code;
}

/*
 * Read the first graph of `text`.  cgraph's scanner keeps what follows it for
 * its next caller: the second call takes that away.
 */
static int read_text(const char *text, const struct graph_builder *builder, Agraph_t **graph,
		     struct error *err)
{
	agreseterrors();
	agreadline(1);
	*graph = agmemread(text);
	if (!*graph)
		return syntax_error(builder, err);
	Agraph_t *second = agmemread("");
	if (second)
		agclose(second);
	if (agisdirected(*graph))
		return 0;
	agclose(*graph);
	return graph_builder_error(builder, 0, err, "the graph is not directed (digraph)");
}

/* libcgraph keeps its parser in globals: one thread at a time. */
static int read_graph(const char *bytes, size_t length, const struct graph_builder *builder,
		      Agraph_t **graph, struct error *err)
{
	if (memchr(bytes, '\0', length))
		return graph_builder_error(builder, 0, err, "a NUL byte");
	char *text = strndup(bytes, length);
	if (!text)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a graph of %zu bytes", length);
	agerrlevel_t level = agseterr(AGMAX);
	int code = read_text(text, builder, graph, err);
	agseterr(level);
	free(text);
	return code;
}

/* NULL when no node has such an attribute.  agget() wants a name that it could write to. */
static const char *attribute_of(Agnode_t *node, const char *attribute)
{
	char name[16] = "";

	memccpy(name, attribute, '\0', sizeof name - 1);
	return agget(node, name);
}

/* An attribute that is not set, or set to nothing, is 0. */
static int read_size(Agnode_t *node, const char *attribute, const struct graph_builder *builder,
		     uint64_t *bytes, struct error *err)
{
	const char *value = attribute_of(node, attribute);

	*bytes = 0;
	if (!value || !*value || units_parse_size(value, bytes, err) == 0)
		return 0;
	return graph_builder_error(builder, 0, err, "%s of node '%s': '%.80s' is no size", attribute,
				   agnameof(node), value);
}

static bool is_true(Agnode_t *node, const char *attribute)
{
	const char *value = attribute_of(node, attribute);

	return value && (strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

static int add_node(Agnode_t *node, struct graph_builder *builder, struct error *err)
{
	struct node_spec spec = { .name = agnameof(node), .name_length = strlen(agnameof(node)) };
	uint32_t number;

	if (read_size(node, "size", builder, &spec.size_bytes, err) != 0 ||
	    read_size(node, "transient", builder, &spec.transient_bytes, err) != 0)
		return err->code;
	if (is_true(node, "inplace"))
		spec.flags |= NODE_IN_PLACE;
	if (is_true(node, "input"))
		spec.flags |= NODE_INPUT;
	if (is_true(node, "output"))
		spec.flags |= NODE_REQUESTED;
	return graph_builder_add(builder, &spec, &number, err);
}

/* The nodes that this one, number `node`, reads. */
static int add_deps(Agraph_t *graph, Agnode_t *from, uint32_t node, struct graph_builder *builder,
		    struct error *err)
{
	for (Agedge_t *edge = agfstin(graph, from); edge; edge = agnxtin(graph, edge)) {
		const char *dep = agnameof(agtail(edge));

		if (graph_builder_depend_on(builder, node, dep, strlen(dep), 0, err) != 0)
			return err->code;
	}
	return 0;
}

static int build(Agraph_t *graph, struct graph_builder *builder, struct error *err)
{
	uint32_t number = 0;

	for (Agnode_t *node = agfstnode(graph); node; node = agnxtnode(graph, node))
		if (add_node(node, builder, err) != 0)
			return err->code;
	for (Agnode_t *node = agfstnode(graph); node; node = agnxtnode(graph, node))
		if (add_deps(graph, node, number++, builder, err) != 0)
			return err->code;
	return 0;
}

int parse_dot(const char *bytes, size_t length, struct graph_builder *builder, struct error *err)
{
	Agraph_t *graph = NULL;
	int code = read_graph(bytes, length, builder, &graph, err);

	if (code != 0)
		return code;
	code = build(graph, builder, err);
	agclose(graph);
	return code;
}
