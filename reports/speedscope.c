/*
 * speedscope: one sampled profile of the metric that was asked for, for
 * speedscope.app.
 *
 * Samples come in the order of the tree, so that neighbours share most of
 * their stacks: unsorted ones take its importer ten times as long.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "reports/frame_tree.h"
#include "reports/json_text.h"
#include "reports/names.h"
#include "reports/report.h"

#define SCHEMA "https://www.speedscope.app/file-format-schema.json"

struct document {
	const struct view_stacks *view;
	const struct frame_tree *tree;
	FILE *out;
	bool lines;
	bool failed;            /* for want of memory */
};

static void put(struct document *doc, const char *value)
{
	doc->failed |= json_text(value, doc->out) != 0;
}

static void print_frame(struct document *doc, uint32_t label, uint32_t frame)
{
	fputs(label ? ",\n{\"name\":" : "{\"name\":", doc->out);
	put(doc, doc->tree->labels[label]);
	if (frame != FRAME_TREE_NO_FRAME && doc->view->frames[frame].file) {
		fputs(",\"file\":", doc->out);
		put(doc, doc->view->frames[frame].file);
		if (doc->lines && doc->view->frames[frame].line)
			fprintf(doc->out, ",\"line\":%" PRIu32, doc->view->frames[frame].line);
	}
	fputc('}', doc->out);
}

/* A frame for each label; `of_label` says which of the view has it. */
static void print_frames(struct document *doc, uint32_t *of_label)
{
	const struct frame_tree *tree = doc->tree;

	memset(of_label, 0xff, tree->label_count * sizeof *of_label);
	for (size_t i = 1; i < tree->node_count; i++)
		of_label[tree->nodes[i].label] = tree->nodes[i].frame;
	fputs("\"shared\":{\"frames\":[\n", doc->out);
	for (uint32_t i = 0; i < tree->label_count; i++)
		print_frame(doc, i, of_label[i]);
	fputs("]},\n", doc->out);
}

/* `path[depth]` is the label at that depth, from 1. */
static void print_sample(FILE *out, const uint32_t *path, uint32_t depth, bool first)
{
	fputs(first ? "[" : ",\n[", out);
	for (uint32_t i = 1; i <= depth; i++)
		fprintf(out, "%s%" PRIu32, i > 1 ? "," : "", path[i]);
	fputc(']', out);
}

static void print_samples(const struct document *doc, uint32_t *path)
{
	const struct frame_tree *tree = doc->tree;
	bool first = true;

	fputs("\"samples\":[\n", doc->out);
	for (uint32_t i = frame_tree_next(tree, 0); i; i = frame_tree_next(tree, i)) {
		const struct frame_tree_node *node = &tree->nodes[i];

		path[node->depth] = node->label;
		if (!node->self)
			continue;
		print_sample(doc->out, path, node->depth, first);
		first = false;
	}
	fputs("],\n", doc->out);
}

static void print_weights(const struct document *doc)
{
	const struct frame_tree *tree = doc->tree;
	bool first = true;

	fputs("\"weights\":[", doc->out);
	for (uint32_t i = frame_tree_next(tree, 0); i; i = frame_tree_next(tree, i)) {
		if (!tree->nodes[i].self)
			continue;
		fprintf(doc->out, "%s%" PRIu64, first ? "" : ",", tree->nodes[i].self);
		first = false;
	}
	fputs("]", doc->out);
}

static void print_title(struct document *doc)
{
	const struct view_stacks *view = doc->view;
	struct text title;

	text_init(&title);
	text_printf(&title, "%s %s", metric_name(view->metric),
		    metric_counts(view->metric) ? "allocations" : "bytes");
	if (view->metric != METRIC_PEAK && view->at)
		text_printf(&title, " (%s)", view->at);
	doc->failed |= text_failed(&title);
	put(doc, title.data);
	text_release(&title);
}

static void print_profile(struct document *doc, uint32_t *path)
{
	enum metric metric = doc->view->metric;

	fputs("\"profiles\":[{\"type\":\"sampled\",\"name\":", doc->out);
	print_title(doc);
	fprintf(doc->out, ",\"unit\":\"%s\",\"startValue\":0,\"endValue\":%" PRIu64 ",\n",
		metric_counts(metric) ? "none" : "bytes", doc->tree->nodes[0].sum);
	print_samples(doc, path);
	print_weights(doc);
	fputs("}],\n", doc->out);
}

static int print_document(struct document *doc)
{
	struct arena arena = ARENA_INIT;
	const struct frame_tree *tree = doc->tree;
	uint32_t *of_label = arena_alloc_array(&arena, tree->label_count + 1, sizeof *of_label);
	uint32_t *path = arena_alloc_array(&arena, tree->depth + 1, sizeof *path);

	if (of_label && path) {
		fputs("{\"$schema\":\"" SCHEMA "\",\n", doc->out);
		print_frames(doc, of_label);
		print_profile(doc, path);
		fputs("\"name\":", doc->out);
		put(doc, doc->view->process.profile_path);
		fputs(",\"activeProfileIndex\":0,\"exporter\":\"dagmem\"}\n",
		      doc->out);
	}
	arena_release(&arena);
	return of_label && path && !doc->failed ? 0 : -1;
}

static int speedscope(const struct view_profile *view, const struct report_options *options,
		      FILE *out, struct error *err)
{
	const struct frame_tree_options shape = {
		.metric = view->stacks.metric, .inverted = options->inverted,
		.by_node = options->by_node, .lines = options->lines,
		.prune = options->prune > 0 ? options->prune : 0,
	};
	struct frame_tree tree;
	struct document doc = { &view->stacks, &tree, out, options->lines, false };
	int code = frame_tree_make(&tree, &view->stacks, NULL, &shape, err);

	if (code)
		return code;
	if (print_document(&doc))
		code = error_set(err, ERROR_NO_MEMORY, "out of memory");
	frame_tree_release(&tree);
	return code;
}

const struct report report_speedscope = {
	.name = "speedscope",
	.suffix = "speedscope.json",
	.summary = "for speedscope.app",
	.profile = speedscope,
	.tree = true,
};
