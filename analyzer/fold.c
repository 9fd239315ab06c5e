#include "analyzer/fold.h"

#include <stdlib.h>
#include <string.h>

int fold_init(struct fold *fold, const struct view_tree_node *nodes, size_t count, double share)
{
	*fold = (struct fold){ .nodes = nodes, .count = count, .share = share };
	fold->sums = calloc(count + 1, sizeof *fold->sums);
	fold->kept = calloc(count + 1, sizeof *fold->kept);
	return fold->sums && fold->kept ? 0 : -1;
}

void fold_release(struct fold *fold)
{
	free(fold->sums);
	free(fold->kept);
	*fold = (struct fold){ .count = 0 };
}

void fold_begin(struct fold *fold)
{
	memset(fold->sums, 0, fold->count * sizeof *fold->sums);
}

void fold_add(struct fold *fold, uint32_t node, uint64_t value)
{
	fold->sums[node] += (double)value;
}

/* Callers come before what they call: from the end, sums flow to the root. */
void fold_judge(struct fold *fold)
{
	for (size_t i = fold->count; i-- > 1;)
		fold->sums[fold->nodes[i].parent] += fold->sums[i];
	double least = fold->share * fold->sums[0];

	for (size_t i = 1; i < fold->count; i++)
		fold->kept[i] |= fold->sums[i] > 0 && fold->sums[i] >= least;
}

size_t fold_apply(const struct fold *fold, uint32_t *shown, struct view_tree_node *kept_nodes)
{
	size_t count = 1;

	shown[0] = 0;
	kept_nodes[0] = fold->nodes[0];
	for (size_t i = 1; i < fold->count; i++) {
		struct view_tree_node node = fold->nodes[i];

		node.parent = shown[node.parent];
		shown[i] = fold->kept[i] ? (uint32_t)count : node.parent;
		if (fold->kept[i])
			kept_nodes[count++] = node;
	}
	return count;
}
