#include "runner/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"
#include "runner/graph_build.h"

enum { NUMBERS_MAX = 3, NODES_MAX = 100 * 1000 * 1000 };

const char *const generate_help[] = {
	"chain:N:BYTES",
	"diamond:WIDTH:BYTES",
	"tree:DEPTH:ARITY:BYTES",
	"fan:WIDTH:BYTES",
	"layered:SEED:WIDTHxDEPTH:BYTES",
	"map:ITEMS:NODES:BYTES",
	NULL
};

/* A generator's numbers in the order written, BYTES apart. */
struct shape {
	uint64_t number[NUMBERS_MAX];
	uint64_t size_bytes;
};

struct generator {
	const char *name;
	const char *usage;
	unsigned numbers;               /* before BYTES */
	uint64_t least[NUMBERS_MAX];    /* that each may be */
	int (*build)(struct graph_builder *builder, const struct shape *shape, struct error *err);
};

/* Append PREFIX and a number, as "n17". */
static int add_node(struct graph_builder *builder, const char *prefix, uint64_t number,
		    uint64_t size_bytes, unsigned flags, uint32_t *node, struct error *err)
{
	char name[40];
	int length = snprintf(name, sizeof name, "%s%llu", prefix, (unsigned long long)number);
	struct node_spec spec = { .name = name, .name_length = (size_t)length,
				  .size_bytes = size_bytes, .flags = flags };

	return graph_builder_add(builder, &spec, node, err);
}

/* Append one without a number. */
static int add_named(struct graph_builder *builder, const char *name, uint64_t size_bytes,
		     unsigned flags, uint32_t *node, struct error *err)
{
	struct node_spec spec = { .name = name, .name_length = strlen(name),
				  .size_bytes = size_bytes, .flags = flags };

	return graph_builder_add(builder, &spec, node, err);
}

/* A chain that reads `first`, or nobody when that is NODE_NONE. */
static int chain_from(struct graph_builder *builder, uint32_t first, uint64_t count,
		      uint64_t size_bytes, struct error *err)
{
	uint32_t previous = first, node;

	for (uint64_t i = 0; i < count; i++) {
		if (add_node(builder, "n", i, size_bytes, NODE_IN_PLACE, &node, err) != 0)
			return err->code;
		if (previous != NODE_NONE && graph_builder_depend(builder, node, previous, err) != 0)
			return err->code;
		previous = node;
	}
	return 0;
}

static int chain(struct graph_builder *builder, const struct shape *shape, struct error *err)
{
	return chain_from(builder, NODE_NONE, shape->number[0], shape->size_bytes, err);
}

static int fan(struct graph_builder *builder, const struct shape *shape, struct error *err)
{
	uint32_t source, node;

	if (add_named(builder, "source", shape->size_bytes, 0, &source, err) != 0)
		return err->code;
	for (uint64_t i = 0; i < shape->number[0]; i++)
		if (add_node(builder, "n", i, shape->size_bytes, 0, &node, err) != 0 ||
		    graph_builder_depend(builder, node, source, err) != 0)
			return err->code;
	return 0;
}

static int diamond(struct graph_builder *builder, const struct shape *shape, struct error *err)
{
	uint32_t sink;

	if (fan(builder, shape, err) != 0 ||
	    add_named(builder, "sink", shape->size_bytes, 0, &sink, err) != 0)
		return err->code;
	for (uint32_t node = 1; node < sink; node++)
		if (graph_builder_depend(builder, sink, node, err) != 0)
			return err->code;
	return 0;
}

/* Nodes of a full tree; false when there are too many. */
static bool tree_nodes(const struct shape *shape, uint64_t *nodes)
{
	uint64_t level = 1;

	*nodes = 1;
	for (uint64_t depth = 1; depth < shape->number[0]; depth++) {
		level *= shape->number[1];
		*nodes += level;
		if (*nodes > NODES_MAX)
			return false;
	}
	return true;
}

/* Numbered as a heap from the root, n0, and written leaves first. */
static int tree(struct graph_builder *builder, const struct shape *shape, struct error *err)
{
	uint64_t nodes, arity = shape->number[1];
	uint32_t node;

	if (!tree_nodes(shape, &nodes))
		return error_set(err, ERROR_USAGE, "a tree of more than %d nodes", NODES_MAX);
	for (uint64_t i = nodes; i-- > 0; ) {
		if (add_node(builder, "n", i, shape->size_bytes, 0, &node, err) != 0)
			return err->code;
		for (uint64_t child = arity * i + 1; child < nodes && child <= arity * i + arity; child++)
			if (graph_builder_depend(builder, node, (uint32_t)(nodes - 1 - child), err) != 0)
				return err->code;
	}
	return 0;
}

/* splitmix64: the same graph on every machine. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* One to four readers of the layer before: 2.4 on average. */
static int layered_node(struct graph_builder *builder, const struct shape *shape, uint64_t number,
			uint64_t *state, struct error *err)
{
	static const unsigned char deps_of[] = { 1, 2, 2, 3, 4 };
	uint64_t width = shape->number[1], layer = number / width;
	uint64_t size_bytes = shape->size_bytes / 2 +
		(shape->size_bytes ? next_random(state) % (shape->size_bytes + 1) : 0);
	unsigned deps = deps_of[next_random(state) % sizeof deps_of];
	uint32_t node;

	if (add_node(builder, "n", number, size_bytes, 0, &node, err) != 0)
		return err->code;
	for (unsigned i = 0; layer > 0 && i < deps; i++) {
		uint64_t dep = (layer - 1) * width + next_random(state) % width;

		if (graph_builder_depend(builder, node, (uint32_t)dep, err) != 0)
			return err->code;
	}
	return 0;
}

static int layered(struct graph_builder *builder, const struct shape *shape, struct error *err)
{
	uint64_t nodes = shape->number[1] * shape->number[2];
	uint64_t state = shape->number[0];

	if (shape->number[1] > NODES_MAX || shape->number[2] > NODES_MAX || nodes > NODES_MAX)
		return error_set(err, ERROR_USAGE, "more than %d nodes", NODES_MAX);
	for (uint64_t i = 0; i < nodes; i++)
		if (layered_node(builder, shape, i, &state, err) != 0)
			return err->code;
	return 0;
}

static int make_block(struct graph_builder *outer, const struct shape *shape, struct graph **block,
		      struct error *err)
{
	struct graph_builder *builder = graph_builder_new(graph_builder_source(outer),
							  graph_builder_options(outer));
	uint32_t item;

	if (!builder) {
		error_set(err, ERROR_NO_MEMORY, "no memory for a block");
		return ERROR_NO_MEMORY;
	}
	int code = add_named(builder, "item", 0, NODE_INPUT, &item, err);
	if (code == 0)
		code = chain_from(builder, item, shape->number[1], shape->size_bytes, err);
	if (code == 0)
		code = graph_builder_finish(builder, block, err);
	graph_builder_free(builder);
	return code;
}

static int map(struct graph_builder *builder, const struct shape *shape, struct error *err)
{
	struct node_spec spec = { .name = "collect", .name_length = strlen("collect") };
	struct graph *block;
	uint32_t node;

	if (make_block(builder, shape, &block, err) != 0)
		return err->code;
	return graph_builder_add_map(builder, &spec, shape->number[0], block, &node, err);
}

static const struct generator generators[] = {
	{ "chain", "chain:N:BYTES", 1, { 1 }, chain },
	{ "diamond", "diamond:WIDTH:BYTES", 1, { 1 }, diamond },
	{ "tree", "tree:DEPTH:ARITY:BYTES", 2, { 1, 1 }, tree },
	{ "fan", "fan:WIDTH:BYTES", 1, { 1 }, fan },
	{ "layered", "layered:SEED:WIDTHxDEPTH:BYTES", 3, { 0, 1, 1 }, layered },
	{ "map", "map:ITEMS:NODES:BYTES", 2, { 1, 1 }, map },
};

static const struct generator *find(const char *spec)
{
	size_t length = strcspn(spec, ":");

	for (size_t i = 0; i < sizeof generators / sizeof generators[0]; i++)
		if (strlen(generators[i].name) == length &&
		    strncmp(generators[i].name, spec, length) == 0)
			return &generators[i];
	return NULL;
}

bool generate_knows(const char *spec)
{
	return strchr(spec, ':') && find(spec);
}

/* A number that ends with `:`, or `x` where a width ends. */
static const char *read_number(const char *text, uint64_t least, uint64_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	*number = strtoull(text, &end, 10);
	if ((*end != ':' && *end != 'x') || *number < least || *number > NODES_MAX)
		return NULL;
	return end + 1;
}

static int read_shape(const struct generator *generator, const char *spec, struct shape *shape,
		      struct error *err)
{
	const char *text = spec + strlen(generator->name) + 1;

	for (unsigned i = 0; i < generator->numbers && text; i++)
		text = read_number(text, generator->least[i], &shape->number[i]);
	if (!text)
		return error_set(err, ERROR_USAGE, "'%s': write %s, numbers up to %d", spec,
				 generator->usage, NODES_MAX);
	if (units_parse_size(text, &shape->size_bytes, err) != 0)
		return error_context(err, "'%s'", spec);
	return 0;
}

int generate(const char *spec, struct graph_builder *builder, struct error *err)
{
	const struct generator *generator = find(spec);
	struct shape shape = { .size_bytes = 0 };

	if (!generator || !strchr(spec, ':'))
		return error_set(err, ERROR_USAGE, "'%s' is no generator", spec);
	if (read_shape(generator, spec, &shape, err) != 0)
		return err->code;
	return generator->build(builder, &shape, err);
}
