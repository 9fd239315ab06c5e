#include "reports/frame_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/intern.h"
#include "base/map.h"
#include "base/text.h"
#include "reports/frame_label.h"
#include "reports/stack_value.h"

/* While a tree is put together; freed together. */
struct maker {
	const struct view_stacks *view;
	const struct frame_tree_options *options;
	struct intern labels;
	uint32_t *label_of;             /* by frame of the view: label + 1 */
	struct map children;            /* (parent, label) -> node */
	struct map known;               /* (node of the tree, call) -> node that the call ends at */
	uint32_t *path;                 /* calls on the way out */
	struct frame_tree_node *nodes;
	size_t count, capacity;
	struct text text;
	bool failed;
};

/* --- Nodes ------------------------------------------------------------------ */

static uint32_t add_node(struct maker *maker, struct frame_tree_node node)
{
	if (maker->count == maker->capacity) {
		size_t capacity = maker->capacity ? maker->capacity * 2 : 1024;
		struct frame_tree_node *nodes = reallocarray(maker->nodes, capacity, sizeof *nodes);

		if (!nodes || capacity >= MAP_NONE) {
			maker->failed = true;
			return 0;
		}
		maker->nodes = nodes;
		maker->capacity = capacity;
	}
	maker->nodes[maker->count] = node;
	return (uint32_t)maker->count++;
}

static uint32_t child(struct maker *maker, uint32_t parent, uint32_t label, uint32_t frame)
{
	struct map_key key = { parent, label };
	uint32_t fresh = (uint32_t)maker->count;
	uint32_t id = map_add(&maker->children, key, fresh);

	maker->failed |= id == MAP_NONE;
	if (maker->failed)
		return 0;
	if (id == fresh)
		add_node(maker, (struct frame_tree_node){
			.parent = parent, .label = label, .frame = frame,
			.depth = maker->nodes[parent].depth + 1,
		});
	return id;
}

static uint32_t label_of_text(struct maker *maker)
{
	uint32_t label = intern_add(&maker->labels, maker->text.data);

	maker->failed |= label == MAP_NONE || text_failed(&maker->text);
	return label;
}

static uint32_t child_of_frame(struct maker *maker, uint32_t parent, uint32_t frame)
{
	if (!maker->label_of[frame]) {
		text_clear(&maker->text);
		frame_label(&maker->text, &maker->view->frames[frame], maker->options->lines);
		maker->label_of[frame] = label_of_text(maker) + 1;
	}
	return child(maker, parent, maker->label_of[frame] - 1, frame);
}

static uint32_t child_of_dag_node(struct maker *maker, uint32_t dag_node)
{
	text_clear(&maker->text);
	if (dag_node)
		text_add(&maker->text, "node ");
	frame_label_name(&maker->text, maker->view->nodes[dag_node]);
	return child(maker, 0, label_of_text(maker), FRAME_TREE_NO_FRAME);
}

/* --- Stacks ----------------------------------------------------------------- */

static uint32_t place_inward(struct maker *maker, uint32_t node, uint32_t call)
{
	const struct view_stacks *view = maker->view;
	const struct view_place *place = &view->places[view->calls[call].place];

	for (uint32_t i = place->count; i-- > 0;)
		node = child_of_frame(maker, node, view->place_frames[place->first + i]);
	return node;
}

static uint32_t place_outward(struct maker *maker, uint32_t node, uint32_t call)
{
	const struct view_stacks *view = maker->view;
	const struct view_place *place = &view->places[view->calls[call].place];

	for (uint32_t i = 0; i < place->count; i++)
		node = child_of_frame(maker, node, view->place_frames[place->first + i]);
	return node;
}

/* Where `call` ends below `root`: known calls are walked only once. */
static uint32_t node_of_call(struct maker *maker, uint32_t root, uint32_t call)
{
	size_t length = 0;
	uint32_t node = root, known = MAP_NONE;

	for (; call; call = maker->view->calls[call].parent) {
		known = map_get(&maker->known, (struct map_key){ root, call });
		if (known != MAP_NONE)
			break;
		maker->path[length++] = call;
	}
	if (known != MAP_NONE)
		node = known;
	while (length-- > 0) {
		node = place_inward(maker, node, maker->path[length]);
		if (map_add(&maker->known, (struct map_key){ root, maker->path[length] }, node) ==
		    MAP_NONE)
			maker->failed = true;
	}
	return node;
}

static uint32_t inverted_node_of_call(struct maker *maker, uint32_t root, uint32_t call)
{
	for (; call; call = maker->view->calls[call].parent)
		root = place_outward(maker, root, call);
	return root;
}

static void add_stack(struct maker *maker, const struct view_stack *stack, uint64_t weight)
{
	uint32_t root = maker->options->by_node ? child_of_dag_node(maker, stack->node) : 0;
	uint32_t node;

	if (!stack->call)
		node = child_of_frame(maker, root, stack->owner);
	else if (maker->options->inverted)
		node = inverted_node_of_call(maker, root, stack->call);
	else
		node = node_of_call(maker, root, stack->call);
	maker->nodes[node].self += weight;
}

static void add_stacks(struct maker *maker, const struct view_snapshot *snapshot)
{
	const struct view_stacks *view = maker->view;
	enum metric metric = maker->options->metric;
	size_t count = snapshot ? snapshot->row_count : view->stack_count;

	for (size_t i = 0; i < count && !maker->failed; i++) {
		const struct view_stack *stack =
			&view->stacks[snapshot ? snapshot->rows[i].stack : i];
		struct view_total value = snapshot ?
			stack_value_then(view, &snapshot->rows[i], metric) : stack_value(stack, metric);
		uint64_t weight = stack_weight(value, metric);

		if (weight)
			add_stack(maker, stack, weight);
	}
}

static void sum_up(struct maker *maker)
{
	for (size_t i = 0; i < maker->count; i++)
		maker->nodes[i].sum = maker->nodes[i].self;
	for (size_t i = maker->count; i-- > 1;)
		maker->nodes[maker->nodes[i].parent].sum += maker->nodes[i].sum;
}

/* --- Pruning ---------------------------------------------------------------- */

static void label_the_rest(struct maker *maker)
{
	text_clear(&maker->text);
	text_printf(&maker->text, "(below %g %% each)", maker->options->prune * 100);
}

/*
 * What is too small leaves the tree, with all below it; a node for the rest
 * keeps its weight where it was, so that the sums stay what they are.
 */
static void prune(struct maker *maker, uint32_t *new_number)
{
	size_t count = maker->count, kept = 1;
	double least = maker->options->prune * (double)maker->nodes[0].sum;

	label_the_rest(maker);
	uint32_t rest = label_of_text(maker);

	for (size_t i = 1; i < count && !maker->failed; i++) {
		uint32_t parent = maker->nodes[i].parent;
		uint64_t sum = maker->nodes[i].sum;

		new_number[i] = (uint32_t)kept;
		if (new_number[parent] == MAP_NONE || (double)sum < least) {
			new_number[i] = MAP_NONE;
			if (new_number[parent] == MAP_NONE)
				continue;
			uint32_t node = child(maker, parent, rest, FRAME_TREE_NO_FRAME);

			maker->nodes[node].self += sum;
			maker->nodes[node].sum += sum;
			maker->nodes[node].pruned++;
		} else {
			kept++;
		}
	}
	for (size_t i = count; i < maker->count; i++)
		new_number[i] = (uint32_t)kept++;
}

static void renumber(struct maker *maker, const uint32_t *new_number)
{
	size_t kept = 0;

	for (size_t i = 0; i < maker->count; i++) {
		struct frame_tree_node node = maker->nodes[i];

		if (i && new_number[i] == MAP_NONE)
			continue;
		node.parent = i ? new_number[node.parent] : 0;
		maker->nodes[kept++] = node;
	}
	maker->count = kept;
}

/* One rest per node at most: twice as many nodes as there are. */
static void leave_out_small(struct maker *maker)
{
	uint32_t *new_number = calloc(2 * maker->count + 1, sizeof *new_number);

	if (!new_number) {
		maker->failed = true;
		return;
	}
	prune(maker, new_number);
	if (!maker->failed)
		renumber(maker, new_number);
	free(new_number);
}

/* --- Order ------------------------------------------------------------------ */

static int compare_siblings(const void *a, const void *b, void *context)
{
	const struct maker *maker = context;
	const struct frame_tree_node *first = &maker->nodes[*(const uint32_t *)a];
	const struct frame_tree_node *second = &maker->nodes[*(const uint32_t *)b];

	if (first->parent != second->parent)
		return first->parent < second->parent ? -1 : 1;
	if (first->sum != second->sum)
		return first->sum > second->sum ? -1 : 1;
	return strcmp(maker->labels.texts[first->label], maker->labels.texts[second->label]);
}

/* From the last to the first, so that each goes before its next. */
static void link_children(struct maker *maker)
{
	uint32_t *order = calloc(maker->count + 1, sizeof *order);

	if (!order) {
		maker->failed = true;
		return;
	}
	for (size_t i = 1; i < maker->count; i++)
		order[i] = (uint32_t)i;
	qsort_r(order + 1, maker->count - 1, sizeof *order, compare_siblings, maker);
	for (size_t i = maker->count; i-- > 1;) {
		struct frame_tree_node *node = &maker->nodes[order[i]];
		struct frame_tree_node *parent = &maker->nodes[node->parent];

		node->next = parent->first_child;
		parent->first_child = order[i];
		parent->child_count++;
	}
	free(order);
}

/* --- All of it -------------------------------------------------------------- */

static void make(struct maker *maker, const struct view_snapshot *snapshot)
{
	const struct view_stacks *view = maker->view;

	maker->label_of = calloc(view->frame_count + 1, sizeof *maker->label_of);
	maker->path = calloc(view->call_count + 1, sizeof *maker->path);
	maker->failed |= !maker->label_of || !maker->path;
	add_node(maker, (struct frame_tree_node){ .frame = FRAME_TREE_NO_FRAME });
	if (!maker->failed)
		add_stacks(maker, snapshot);
	if (!maker->failed)
		sum_up(maker);
	if (!maker->failed && maker->options->prune > 0)
		leave_out_small(maker);
	if (!maker->failed)
		link_children(maker);
}

static bool hand_over(struct maker *maker, struct frame_tree *tree)
{
	tree->node_count = maker->count;
	tree->label_count = maker->labels.count;
	tree->nodes = arena_alloc_array(&tree->arena, tree->node_count, sizeof *tree->nodes);
	tree->labels = arena_alloc_array(&tree->arena, tree->label_count + 1, sizeof *tree->labels);
	if (!tree->nodes || !tree->labels)
		return false;
	memcpy(tree->nodes, maker->nodes, tree->node_count * sizeof *tree->nodes);
	if (tree->label_count)
		memcpy(tree->labels, maker->labels.texts, tree->label_count * sizeof *tree->labels);
	for (size_t i = 0; i < tree->node_count; i++)
		if (tree->nodes[i].depth > tree->depth)
			tree->depth = tree->nodes[i].depth;
	return true;
}

static void release(struct maker *maker)
{
	intern_release(&maker->labels);
	map_release(&maker->children);
	map_release(&maker->known);
	text_release(&maker->text);
	free(maker->label_of);
	free(maker->path);
	free(maker->nodes);
}

int frame_tree_make(struct frame_tree *tree, const struct view_stacks *view,
		    const struct view_snapshot *snapshot, const struct frame_tree_options *options,
		    struct error *err)
{
	struct frame_tree made = { .arena = ARENA_INIT };
	struct maker maker = { .view = view, .options = options, .labels = INTERN_INIT(&made.arena) };

	text_init(&maker.text);
	make(&maker, snapshot);
	bool good = !maker.failed && hand_over(&maker, &made);

	release(&maker);
	if (!good) {
		frame_tree_release(&made);
		return error_set(err, ERROR_NO_MEMORY, "no memory for the tree of frames");
	}
	*tree = made;
	return 0;
}

void frame_tree_release(struct frame_tree *tree)
{
	arena_release(&tree->arena);
	*tree = (struct frame_tree){ .arena = ARENA_INIT };
}

uint32_t frame_tree_next(const struct frame_tree *tree, uint32_t node)
{
	if (tree->nodes[node].first_child)
		return tree->nodes[node].first_child;
	while (node && !tree->nodes[node].next)
		node = tree->nodes[node].parent;
	return node ? tree->nodes[node].next : 0;
}
