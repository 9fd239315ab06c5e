#include "analyzer/heap_graph.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/dominators.h"
#include "base/error.h"

enum { BLOCKS_MAX = INT32_MAX };        /* HEAP_GRAPH_INTERIOR takes the last bit */

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the heap graph");
}

/* --- Parts ------------------------------------------------------------------------------ */

/* `count` items of `size` bytes from `at` on: NULL when the file has not so many. */
static const void *part(const struct heap_graph *graph, uint64_t at, uint64_t count, size_t size)
{
	if (at % 8 || at > graph->file_bytes || count > (graph->file_bytes - at) / size)
		return NULL;
	return (const char *)graph->bytes + at;
}

static bool take_parts(struct heap_graph *graph)
{
	const struct heap_graph_head *head = graph->head;

	if (head->blocks > BLOCKS_MAX || head->edges > UINT32_MAX || head->roots > UINT32_MAX - head->edges)
		return false;
	graph->block_count = (uint32_t)head->blocks;
	graph->edge_count = head->edges;
	graph->root_count = head->roots;
	graph->blocks = part(graph, head->blocks_at, head->blocks, sizeof *graph->blocks);
	graph->edges = part(graph, head->edges_at, head->edges, sizeof *graph->edges);
	graph->first = part(graph, head->first_edges_at, head->blocks + 1, sizeof *graph->first);
	graph->roots = part(graph, head->roots_at, head->roots, sizeof *graph->roots);
	return graph->blocks && graph->edges && graph->first && graph->roots;
}

static bool blocks_are_sound(const struct heap_graph *graph, uint32_t accounts)
{
	for (uint32_t i = 0; i < graph->block_count; i++)
		if (graph->blocks[i].account >= accounts || graph->blocks[i].verdict >= HEAP_VERDICTS ||
		    graph->first[i] > graph->first[i + 1])
			return false;
	return graph->first[0] == 0 && graph->first[graph->block_count] == graph->edge_count;
}

static bool pointers_are_sound(const struct heap_graph *graph)
{
	for (size_t i = 0; i < graph->edge_count; i++)
		if ((graph->edges[i].block & ~HEAP_GRAPH_INTERIOR) >= graph->block_count)
			return false;
	for (size_t i = 0; i < graph->root_count; i++)
		if ((graph->roots[i].block & ~HEAP_GRAPH_INTERIOR) >= graph->block_count ||
		    graph->roots[i].holder >= LEAK_HOLDERS)
			return false;
	return true;
}

static int check_head(const struct heap_graph *graph, const struct heap_graph_key *key, const char *path,
		      struct error *err)
{
	const struct heap_graph_head *head = graph->bytes;

	if (graph->file_bytes < sizeof *head || memcmp(head->magic, HEAP_GRAPH_MAGIC, 8) != 0)
		return error_set(err, ERROR_FORMAT, "%s is no heap graph, or was not finished", path);
	if (head->byte_order != PROFILE_BYTE_ORDER)
		return error_set(err, ERROR_FORMAT, "%s is of a machine with another byte order", path);
	if (head->version != HEAP_GRAPH_VERSION)
		return error_set(err, ERROR_VERSION, "%s is of version %u: this dagmem reads %u", path,
				 head->version, HEAP_GRAPH_VERSION);
	if (!heap_graph_is_of(head, key))
		return error_set(err, ERROR_FORMAT, "%s is of another process or check", path);
	return 0;
}

bool heap_graph_is_of(const struct heap_graph_head *head, const struct heap_graph_key *key)
{
	return memcmp(head->magic, HEAP_GRAPH_MAGIC, 8) == 0 && head->pid == key->pid &&
	       head->check == key->check && head->start_realtime_ns == key->start_realtime_ns;
}

int heap_graph_take(struct heap_graph *graph, void *bytes, size_t size, const struct heap_graph_key *key,
		    const char *path, struct error *err)
{
	*graph = (struct heap_graph){ .bytes = bytes, .file_bytes = size, .head = bytes };
	if (check_head(graph, key, path, err) != 0)
		return err->code;
	if (take_parts(graph) && blocks_are_sound(graph, key->accounts) && pointers_are_sound(graph))
		return 0;
	return error_set(err, ERROR_FORMAT, "%s is damaged", path);
}

void heap_graph_release(struct heap_graph *graph)
{
	free(graph->bytes);
	free(graph->dominator);
	free(graph->retained);
	free(graph->keeper);
	free(graph->kept_blocks);
	*graph = (struct heap_graph)HEAP_GRAPH_INIT;
}

/* --- Dominators ----------------------------------------------------------------------------- */

/* The arrays that dominators.h wants: blocks, then holders. */
struct plain {
	uint32_t *first, *target, *roots;
	uint64_t *bytes;
	size_t root_count;
};

static bool is_lost(const struct heap_graph *graph, uint32_t block)
{
	return graph->blocks[block].verdict == VERDICT_DEFINITE || graph->blocks[block].verdict == VERDICT_INDIRECT;
}

/* What is lost holds nothing that is not: such a pointer becomes one of the block to itself. */
static void fill_edges(const struct heap_graph *graph, uint32_t block, struct plain *plain)
{
	bool lost = is_lost(graph, block);

	for (uint64_t e = graph->first[block]; e < graph->first[block + 1]; e++) {
		uint32_t to = graph->edges[e].block & ~HEAP_GRAPH_INTERIOR;

		plain->target[e] = lost && !is_lost(graph, to) ? block : to;
	}
}

static void fill_blocks(const struct heap_graph *graph, struct plain *plain)
{
	for (uint32_t i = 0; i < graph->block_count; i++) {
		plain->first[i] = (uint32_t)graph->first[i];
		plain->bytes[i] = graph->blocks[i].bytes;
		if (graph->blocks[i].verdict == VERDICT_DEFINITE)
			plain->roots[plain->root_count++] = i;
		fill_edges(graph, i, plain);
	}
}

/* Each holder's roots side by side, in their order: first[] of a holder moves to its end, and back. */
static void fill_holders(const struct heap_graph *graph, const uint32_t *holder_of, struct plain *plain)
{
	uint32_t *first = plain->first + graph->block_count, at = (uint32_t)graph->edge_count;

	memset(first, 0, ((size_t)graph->holder_count + 1) * sizeof *first);
	for (size_t i = 0; i < graph->root_count; i++)
		first[holder_of[i]]++;
	for (uint32_t h = 0; h <= graph->holder_count; h++) {
		uint32_t count = first[h];

		first[h] = at;
		at += count;
	}
	for (size_t i = 0; i < graph->root_count; i++)
		plain->target[first[holder_of[i]]++] = graph->roots[i].block & ~HEAP_GRAPH_INTERIOR;
	memmove(first + 1, first, (size_t)graph->holder_count * sizeof *first);
	first[0] = (uint32_t)graph->edge_count;
	for (uint32_t h = 0; h < graph->holder_count; h++) {
		plain->bytes[graph->block_count + h] = 0;
		plain->roots[plain->root_count++] = graph->block_count + h;
	}
}

static bool find_dominators(struct heap_graph *graph, const uint32_t *holder_of, struct plain *plain)
{
	fill_blocks(graph, plain);
	fill_holders(graph, holder_of, plain);
	const struct pointer_graph pointers = {
		graph->block_count + graph->holder_count, plain->first, plain->target, plain->roots,
		plain->root_count,
	};

	return !dominators_find(&pointers, plain->bytes, graph->dominator, graph->retained);
}

/* Up the dominators until it is known; then all on the way know it. */
static void find_keepers(struct heap_graph *graph)
{
	const uint32_t not_yet = HEAP_GRAPH_NO_KEEPER - 1, blocks = graph->block_count;

	for (uint32_t i = 0; i < blocks; i++)
		graph->keeper[i] = not_yet;
	for (uint32_t i = 0; i < blocks; i++) {
		uint32_t at = i, keeper;

		while (at < blocks && graph->keeper[at] == not_yet)
			at = graph->dominator[at];
		keeper = at < blocks ? graph->keeper[at]
			: at < DOMINATOR_UNREACHED ? at - blocks : HEAP_GRAPH_NO_KEEPER;
		for (at = i; at < blocks && graph->keeper[at] == not_yet; at = graph->dominator[at])
			graph->keeper[at] = keeper;
		if (graph->keeper[i] != HEAP_GRAPH_NO_KEEPER)
			graph->kept_blocks[graph->keeper[i]]++;
	}
}

static bool make_results(struct heap_graph *graph, size_t nodes)
{
	graph->dominator = malloc(nodes * sizeof *graph->dominator);
	graph->retained = malloc(nodes * sizeof *graph->retained);
	graph->keeper = malloc(nodes * sizeof *graph->keeper);
	graph->kept_blocks = calloc((size_t)graph->holder_count + 1, sizeof *graph->kept_blocks);
	return graph->dominator && graph->retained && graph->keeper && graph->kept_blocks;
}

int heap_graph_solve(struct heap_graph *graph, const uint32_t *holder_of, uint32_t count,
		     struct error *err)
{
	size_t nodes = (size_t)graph->block_count + count + 1;
	struct plain plain = {
		.first = malloc((nodes + 1) * sizeof *plain.first),
		.target = malloc((graph->edge_count + graph->root_count + 1) * sizeof *plain.target),
		.roots = malloc(nodes * sizeof *plain.roots),
		.bytes = malloc(nodes * sizeof *plain.bytes),
	};

	graph->holder_count = count;
	bool solved = make_results(graph, nodes) && nodes < DOMINATOR_NODES_MAX && plain.first &&
		      plain.target && plain.roots && plain.bytes && find_dominators(graph, holder_of, &plain);

	if (solved)
		find_keepers(graph);
	free(plain.first);
	free(plain.target);
	free(plain.roots);
	free(plain.bytes);
	return solved ? 0 : no_memory(err);
}

/* --- Sums ------------------------------------------------------------------------------------ */

/* The dominator tree from the top down: children of block b are child[first[b]] ... */
struct tree {
	uint32_t *first, *child;        /* the roots' are those of block_count */
	uint32_t *stack;
	uint32_t *above;                /* by class: blocks of it on the way from the root */
	const uint32_t *class_of;       /* by row */
	uint32_t rows, classes;
};

/* The last one is that of blocks without class, which nobody asks for. */
static uint32_t class_of(const struct tree *tree, const struct heap_graph_block *block)
{
	uint32_t class = block->row < tree->rows ? tree->class_of[block->row] : tree->classes;

	return class < tree->classes ? class : tree->classes;
}

static uint32_t parent_of(const struct heap_graph *graph, uint32_t block)
{
	uint32_t above = graph->dominator[block];

	return above >= graph->block_count ? graph->block_count : above;
}

static void sort_children(const struct heap_graph *graph, struct tree *tree)
{
	uint32_t blocks = graph->block_count;

	for (uint32_t i = 0; i < blocks; i++)
		tree->first[parent_of(graph, i) + 1]++;
	for (uint32_t i = 0; i <= blocks; i++)
		tree->first[i + 1] += tree->first[i];
	for (uint32_t i = blocks; i-- > 0;)
		tree->child[--tree->first[parent_of(graph, i) + 1]] = i;
	/* first[b + 1] is now where b's begin. */
	memmove(tree->first, tree->first + 1, ((size_t)blocks + 1) * sizeof *tree->first);
	tree->first[blocks + 1] = blocks;
}

/* `marked` blocks were entered: when one comes up again, what is below it is done. */
static void walk(const struct heap_graph *graph, struct tree *tree, uint64_t *retained)
{
	const uint32_t marked = HEAP_GRAPH_INTERIOR;
	size_t depth = 0;

	for (uint32_t c = tree->first[graph->block_count]; c < graph->block_count; c++)
		tree->stack[depth++] = tree->child[c];
	while (depth) {
		uint32_t block = tree->stack[depth - 1] & ~marked;
		uint32_t class = class_of(tree, &graph->blocks[block]);

		if (tree->stack[depth - 1] & marked) {
			tree->above[class]--;
			depth--;
			continue;
		}
		if (!tree->above[class]++ && class < tree->classes)
			retained[class] += graph->retained[block];
		tree->stack[depth - 1] |= marked;
		for (uint32_t c = tree->first[block]; c < tree->first[block + 1]; c++)
			tree->stack[depth++] = tree->child[c];
	}
}

int heap_graph_sums(const struct heap_graph *graph, const uint32_t *class_of_row, uint32_t rows,
		    uint32_t classes, uint64_t *retained, struct error *err)
{
	size_t blocks = (size_t)graph->block_count;
	struct tree tree = {
		.first = calloc(blocks + 3, sizeof *tree.first),
		.child = calloc(blocks + 1, sizeof *tree.child),
		.stack = malloc((blocks + 1) * sizeof *tree.stack),
		.above = calloc((size_t)classes + 1, sizeof *tree.above),
		.class_of = class_of_row, .rows = rows, .classes = classes,
	};
	bool done = tree.first && tree.child && tree.stack && tree.above;

	if (done) {
		sort_children(graph, &tree);
		walk(graph, &tree, retained);
	}
	free(tree.first);
	free(tree.child);
	free(tree.stack);
	free(tree.above);
	return done ? 0 : no_memory(err);
}
