#include "reports/layered.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	SWEEPS = 12,            /* down and up in turn; more change little */
	ROW_LEAST = 8,          /* boxes that a row may always hold */
	LAYER_GAP = 44,         /* pixels between layers, for the edges */
	ROW_GAP = 10,           /* between the rows of one layer */
};

/* Neighbours of each box on one side: list[start[i]] .. list[start[i + 1]]. */
struct neighbours { uint32_t *start, *list; };

struct place { uint32_t box; float wanted; };

struct layout {
	struct layered_box *boxes;
	size_t count;
	struct neighbours above, below;
	uint32_t *layer;                /* by box */
	struct place *order;            /* boxes by layer, then from left to right */
	uint32_t *first;                /* by layer: its first in `order`; one more than layers */
	uint32_t layers;
};

/* --- Edges ----------------------------------------------------------------------- */

static bool is_edge(const struct layered_edge *edge, size_t count)
{
	return edge->from < count && edge->to < count && edge->from != edge->to;
}

static int find_neighbours(struct neighbours *found, size_t count, const struct layered_edge *edges,
			   size_t edge_count, bool above)
{
	uint32_t *next = calloc(count + 1, sizeof *next);

	found->start = calloc(count + 2, sizeof *found->start);
	found->list = calloc(edge_count + 1, sizeof *found->list);
	if (!next || !found->start || !found->list) {
		free(next);
		return -1;
	}
	for (size_t i = 0; i < edge_count; i++)
		if (is_edge(&edges[i], count))
			found->start[(above ? edges[i].to : edges[i].from) + 1]++;
	for (size_t i = 0; i < count; i++)
		found->start[i + 1] += found->start[i];
	memcpy(next, found->start, (count + 1) * sizeof *next);
	for (size_t i = 0; i < edge_count; i++)
		if (is_edge(&edges[i], count))
			found->list[next[above ? edges[i].to : edges[i].from]++] =
				above ? edges[i].from : edges[i].to;
	free(next);
	return 0;
}

/* --- Layers ---------------------------------------------------------------------- */

/*
 * Kahn's order: a box is done when all above it are.  What is left when none
 * is ready lies on or below a cycle: the first of them is taken as it is.
 */
static int assign_layers(struct layout *layout)
{
	size_t count = layout->count, done = 0, ready = 0;
	uint32_t *missing = calloc(count + 1, sizeof *missing);
	uint32_t *queue = calloc(count + 1, sizeof *queue);
	size_t candidate = 0;

	if (!missing || !queue) {
		free(missing);
		free(queue);
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		missing[i] = layout->above.start[i + 1] - layout->above.start[i];
		if (!missing[i])
			queue[ready++] = (uint32_t)i;
	}
	while (done < count) {
		for (; done == ready; candidate++)
			if (missing[candidate]) {
				missing[candidate] = 0;
				queue[ready++] = (uint32_t)candidate;
			}
		uint32_t box = queue[done++];

		for (uint32_t i = layout->below.start[box]; i < layout->below.start[box + 1]; i++) {
			uint32_t below = layout->below.list[i];

			if (!missing[below])
				continue;
			if (layout->layer[below] <= layout->layer[box])
				layout->layer[below] = layout->layer[box] + 1;
			if (--missing[below] == 0)
				queue[ready++] = below;
		}
		if (layout->layer[box] >= layout->layers)
			layout->layers = layout->layer[box] + 1;
	}
	free(missing);
	free(queue);
	return 0;
}

/*
 * Inputs that are read far below stand right above their first reader: a
 * column of sources at the top would pull every edge through the picture.
 */
static void lower_sources(struct layout *layout)
{
	for (size_t box = 0; box < layout->count; box++) {
		uint32_t from = layout->below.start[box], to = layout->below.start[box + 1];
		uint32_t least = UINT32_MAX;

		if (layout->above.start[box] != layout->above.start[box + 1])
			continue;
		for (uint32_t i = from; i < to; i++)
			if (layout->layer[layout->below.list[i]] < least)
				least = layout->layer[layout->below.list[i]];
		if (least != UINT32_MAX && least > layout->layer[box])
			layout->layer[box] = least - 1;
	}
}

static int fill_layers(struct layout *layout)
{
	layout->first = calloc(layout->layers + 2, sizeof *layout->first);
	uint32_t *next = calloc(layout->layers + 2, sizeof *next);

	if (layout->first && next) {
		for (size_t i = 0; i < layout->count; i++)
			layout->first[layout->layer[i] + 1]++;
		for (uint32_t i = 0; i < layout->layers; i++)
			layout->first[i + 1] += layout->first[i];
		memcpy(next, layout->first, (layout->layers + 1) * sizeof *next);
		for (size_t i = 0; i < layout->count; i++)
			layout->order[next[layout->layer[i]]++].box = (uint32_t)i;
	}
	free(next);
	return layout->first && next ? 0 : -1;
}

/* --- Order and places ------------------------------------------------------------- */

static bool is_alone(const struct layout *layout, uint32_t box)
{
	return layout->above.start[box] == layout->above.start[box + 1] &&
	       layout->below.start[box] == layout->below.start[box + 1];
}

static int compare_places(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	if (p->wanted != q->wanted)
		return p->wanted < q->wanted ? -1 : 1;
	return p->box < q->box ? -1 : p->box > q->box;
}

/* The mean place of a box's neighbours on one side; without any, where it is. */
static float wanted_place(const struct layout *layout, const struct neighbours *side, uint32_t box)
{
	uint32_t from = side->start[box], to = side->start[box + 1];
	float sum = 0;

	if (is_alone(layout, box))
		return FLT_MAX;         /* behind those that others draw to and fro */
	if (from == to)
		return layout->boxes[box].x;
	for (uint32_t i = from; i < to; i++)
		sum += layout->boxes[side->list[i]].x;
	return sum / (float)(to - from);
}

static uint32_t row_capacity(const struct layout *layout)
{
	uint32_t wide = (uint32_t)ceil(2 * sqrt((double)layout->count));

	return wide > ROW_LEAST ? wide : ROW_LEAST;
}

/* Side by side around 0 in the order that they have; a long layer in rows. */
static void spread(struct layout *layout, uint32_t layer)
{
	uint32_t capacity = row_capacity(layout), end = layout->first[layer + 1];

	for (uint32_t row = layout->first[layer]; row < end; row += capacity) {
		uint32_t row_end = row + capacity < end ? row + capacity : end;
		float width = 0;

		for (uint32_t i = row; i < row_end; i++)
			width += layout->boxes[layout->order[i].box].width;
		float x = -width / 2;

		for (uint32_t i = row; i < row_end; i++) {
			struct layered_box *box = &layout->boxes[layout->order[i].box];

			box->x = x + box->width / 2;
			x += box->width;
		}
	}
}

/*
 * Where boxes want to be, moved apart as little as their order allows: those
 * that would overlap form a block around the mean of what its members want
 * (pool adjacent violators).  Only for layers of one row.
 */
static void settle(struct layout *layout, uint32_t layer)
{
	struct block { double want, width; uint32_t count; } *blocks;
	uint32_t first = layout->first[layer], count = layout->first[layer + 1] - first, used = 0;

	if (count > row_capacity(layout))
		return;
	while (count && is_alone(layout, layout->order[first + count - 1].box))
		count--;
	if (!count)
		return;
	blocks = calloc(count, sizeof *blocks);
	if (!blocks)
		return;
	for (uint32_t i = 0; i < count; i++) {
		const struct place *place = &layout->order[first + i];
		double width = (double)layout->boxes[place->box].width;
		struct block *block = &blocks[used++];

		*block = (struct block){ (double)place->wanted - width / 2, width, 1 };
		/* Left edges: a block that begins left of the one before's end joins it. */
		while (used > 1 && blocks[used - 2].want + blocks[used - 2].width > blocks[used - 1].want) {
			struct block *left = &blocks[used - 2], *right = &blocks[used - 1];
			uint32_t sum = left->count + right->count;

			left->want = (left->want * left->count +
				      (right->want - left->width) * right->count) / sum;
			left->width += right->width;
			left->count = sum;
			used--;
		}
	}
	for (uint32_t block = 0, i = 0; block < used; block++) {
		double x = blocks[block].want;

		for (uint32_t member = 0; member < blocks[block].count; member++, i++) {
			struct layered_box *box = &layout->boxes[layout->order[first + i].box];

			box->x = (float)(x + (double)box->width / 2);
			x += (double)box->width;
		}
	}
	free(blocks);
}

static void order_layer(struct layout *layout, uint32_t layer, const struct neighbours *side)
{
	uint32_t first = layout->first[layer], end = layout->first[layer + 1];

	for (uint32_t i = first; i < end; i++)
		layout->order[i].wanted = wanted_place(layout, side, layout->order[i].box);
	qsort(layout->order + first, end - first, sizeof *layout->order, compare_places);
	spread(layout, layer);
	settle(layout, layer);
}

/* Sweeps move the whole picture; what hangs on nothing would be left behind. */
static void place_alone(struct layout *layout, uint32_t layer)
{
	uint32_t first = layout->first[layer], end = layout->first[layer + 1];

	if (end - first > row_capacity(layout))
		return;
	for (uint32_t i = first + 1; i < end; i++) {
		const struct layered_box *left = &layout->boxes[layout->order[i - 1].box];
		struct layered_box *box = &layout->boxes[layout->order[i].box];

		if (is_alone(layout, layout->order[i].box))
			box->x = left->x + (left->width + box->width) / 2;
	}
}

static void place_across(struct layout *layout)
{
	for (uint32_t layer = 0; layer < layout->layers; layer++)
		spread(layout, layer);
	for (int sweep = 0; sweep < SWEEPS; sweep++)
		for (uint32_t i = 0; i < layout->layers; i++)
			if (sweep % 2 == 0)
				order_layer(layout, i, &layout->above);
			else
				order_layer(layout, layout->layers - 1 - i, &layout->below);
	for (uint32_t layer = 0; layer < layout->layers; layer++)
		place_alone(layout, layer);
}

static void place_down(struct layout *layout)
{
	uint32_t capacity = row_capacity(layout);
	float y = 0;

	for (uint32_t layer = 0; layer < layout->layers; layer++) {
		for (uint32_t row = layout->first[layer]; row < layout->first[layer + 1]; row += capacity) {
			float height = 0;

			for (uint32_t i = row; i < row + capacity && i < layout->first[layer + 1]; i++) {
				struct layered_box *box = &layout->boxes[layout->order[i].box];

				box->y = y;
				height = box->height > height ? box->height : height;
			}
			y += height + ROW_GAP;
		}
		y += LAYER_GAP - ROW_GAP;
	}
}

static void move_to_zero(struct layout *layout)
{
	float left = 0;

	for (size_t i = 0; i < layout->count; i++) {
		float edge = layout->boxes[i].x - layout->boxes[i].width / 2;

		left = i == 0 || edge < left ? edge : left;
	}
	for (size_t i = 0; i < layout->count; i++)
		layout->boxes[i].x -= left;
}

static void layout_release(struct layout *layout)
{
	free(layout->above.start);
	free(layout->above.list);
	free(layout->below.start);
	free(layout->below.list);
	free(layout->layer);
	free(layout->order);
	free(layout->first);
}

int layered_place(struct layered_box *boxes, size_t count, const struct layered_edge *edges,
		  size_t edge_count)
{
	struct layout layout = { .boxes = boxes, .count = count };
	int result = -1;

	layout.layer = calloc(count + 1, sizeof *layout.layer);
	layout.order = calloc(count + 1, sizeof *layout.order);
	if (layout.layer && layout.order &&
	    !find_neighbours(&layout.above, count, edges, edge_count, true) &&
	    !find_neighbours(&layout.below, count, edges, edge_count, false) &&
	    !assign_layers(&layout)) {
		lower_sources(&layout);
		result = fill_layers(&layout);
	}
	if (!result) {
		place_across(&layout);
		place_down(&layout);
		move_to_zero(&layout);
	}
	layout_release(&layout);
	return result;
}
