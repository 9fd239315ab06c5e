#include "analyzer/live_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int live_tree_init(struct live_tree *tree, const struct live_options *options, struct arena *arena,
		   struct error *err)
{
	const struct resolve_options resolve = {
		.debuginfod = options->debuginfod, .keep_open = true,
		.progress = options->progress, .context = options->context,
	};

	*tree = (struct live_tree){ .settled = 1, .resolver = resolver_new(&resolve, arena) };
	return tree->resolver ? 0 : reader_no_memory(err);
}

void live_tree_release(struct live_tree *tree)
{
	free(tree->nodes);
	free(tree->merge.first);
	map_release(&tree->merge.map);
	resolver_free(tree->resolver);
	attribution_release(&tree->attribution);
}

/* New places are empty. */
static bool grow(struct live_tree *tree, uint32_t count)
{
	if (count <= tree->capacity)
		return true;
	uint32_t capacity = count > 2 * tree->capacity ? count : 2 * tree->capacity;
	size_t more = capacity - tree->capacity;
	void *nodes = reallocarray(tree->nodes, capacity, sizeof *tree->nodes);

	if (!nodes)
		return false;
	tree->nodes = nodes;
	void *first = reallocarray(tree->merge.first, capacity, sizeof *tree->merge.first);

	if (!first)
		return false;
	tree->merge.first = first;
	memset(tree->nodes + tree->capacity, 0, more * sizeof *tree->nodes);
	memset(tree->merge.first + tree->capacity, 0, more * sizeof *tree->merge.first);
	tree->capacity = capacity;
	return true;
}

/* A node that was being written at the last look and still is not there never will be. */
static void settle(struct live_tree *tree, uint32_t count)
{
	uint32_t id = tree->settled;

	while (id < count && (tree->merge.first[id] || id < tree->count))
		id++;
	tree->settled = id;
	tree->count = count;
}

int live_tree_read(struct live_tree *tree, struct page_index *index, struct profile_data *data,
		   struct error *err)
{
	uint32_t count = reader_node_limit(index, &data->header);

	/* Ids are never taken back: less would be somebody's doing. */
	if (count < tree->count)
		count = tree->count;
	if (!grow(tree, count))
		return reader_no_memory(err);
	data->nodes = tree->nodes;
	data->node_count = count;
	if (tree->settled < count &&
	    reader_nodes_from(index, data, &tree->merge, tree->settled, err))
		return err->code;
	settle(tree, count);
	return 0;
}

int live_tree_resolve(struct live_tree *tree, struct profile_data *data, struct error *err)
{
	uint32_t count = data->node_count;

	data->node_count = tree->settled;
	int code = resolver_extend(tree->resolver, data, err);

	data->node_count = count;
	if (!code && attribution_extend(&tree->attribution, live_tree_frames(tree)))
		code = reader_no_memory(err);
	return code;
}

const struct call_frames *live_tree_frames(const struct live_tree *tree)
{
	return &resolver_result(tree->resolver)->frames;
}
