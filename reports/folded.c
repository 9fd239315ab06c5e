/*
 * folded: a line a stack, outermost frame first, ';' between frames, then a
 * blank and its value: what flamegraph.pl, inferno and speedscope take.
 *
 *     main;parse;load_table 4096
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "reports/frame_tree.h"
#include "reports/report.h"

/* A label may not hold what separates labels. */
static void add_label(struct text *line, const char *label)
{
	if (line->length)
		text_add_char(line, ';');
	for (; *label; label++)
		text_add_char(line, *label == ';' ? ':' : *label);
}

/* `ends[depth]` is the length of the line up to that depth. */
static void print_stacks(const struct frame_tree *tree, size_t *ends, struct text *line, FILE *out)
{
	ends[0] = 0;
	for (uint32_t i = frame_tree_next(tree, 0); i; i = frame_tree_next(tree, i)) {
		const struct frame_tree_node *node = &tree->nodes[i];

		text_cut(line, ends[node->depth - 1]);
		add_label(line, tree->labels[node->label]);
		ends[node->depth] = line->length;
		if (node->self)
			fprintf(out, "%s %" PRIu64 "\n", line->data, node->self);
	}
}

static int folded(const struct view_profile *view, const struct report_options *options, FILE *out,
		  struct error *err)
{
	const struct frame_tree_options shape = {
		.metric = view->stacks.metric, .inverted = options->inverted,
		.by_node = options->by_node, .lines = options->lines,
		.prune = options->prune > 0 ? options->prune : 0,
	};
	struct frame_tree tree;
	struct text line;
	int code = frame_tree_make(&tree, &view->stacks, NULL, &shape, err);

	if (code)
		return code;
	size_t *ends = arena_alloc_array(&tree.arena, tree.depth + 1, sizeof *ends);

	text_init(&line);
	if (ends)
		print_stacks(&tree, ends, &line, out);
	if (!ends || text_failed(&line))
		code = error_set(err, ERROR_NO_MEMORY, "out of memory");
	text_release(&line);
	frame_tree_release(&tree);
	return code;
}

const struct report report_folded = {
	.name = "folded",
	.suffix = "folded",
	.summary = "stacks on lines, for flamegraph.pl and inferno",
	.profile = folded,
	.tree = true,
};
