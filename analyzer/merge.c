#include "analyzer/merge.h"

#include <stdlib.h>

#include "base/map.h"

static size_t count_frames(const struct call_frames *frames)
{
	size_t count = 0;

	for (size_t id = 1; id < frames->node_count; id++)
		count += frames->places[frames->nodes[id].place].count;
	return count;
}

/* The node of `symbol` under `parent`, new or not; MAP_NONE: no memory. */
static uint32_t child(struct merged *merged, struct map *index, uint32_t parent, uint32_t symbol,
		      bool inlined)
{
	struct map_key key = { parent, symbol };
	uint32_t id = map_add(index, key, (uint32_t)merged->count);

	if (id == merged->count)
		merged->nodes[merged->count++] = (struct view_tree_node){ parent, symbol, inlined };
	return id;
}

/* The frames of one call site, from the outermost inward. */
static uint32_t extend(struct merged *merged, struct map *index, const struct call_frames *frames,
		       const struct frame_place *place, uint32_t caller)
{
	for (uint32_t i = place->count; i-- > 0 && caller != MAP_NONE;)
		caller = child(merged, index, caller, frames->frames[place->first + i],
			       i + 1 < place->count);
	return caller;
}

int merge_frames(const struct call_frames *frames, struct merged *merged)
{
	struct map index = MAP_INIT;
	int result = 0;

	*merged = (struct merged){ .count = 1 };
	merged->nodes = calloc(count_frames(frames) + 1, sizeof *merged->nodes);
	merged->of_node = calloc(frames->node_count + 1, sizeof *merged->of_node);
	if (!merged->nodes || !merged->of_node)
		return -1;
	for (size_t id = 1; id < frames->node_count && !result; id++) {
		const struct frame_node *node = &frames->nodes[id];

		merged->of_node[id] = extend(merged, &index, frames, &frames->places[node->place],
					     merged->of_node[node->parent]);
		result = merged->of_node[id] == MAP_NONE ? -1 : 0;
	}
	map_release(&index);
	return result;
}

void merged_release(struct merged *merged)
{
	free(merged->nodes);
	free(merged->of_node);
	*merged = (struct merged){ .count = 0 };
}
