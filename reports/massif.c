/*
 * massif: massif.out for ms_print and massif-visualizer.
 *
 * The curve is the timeline's; trees are there for what is known by stack:
 * snapshots, the peak, the end.  As in massif's own files the allocating
 * function comes first and its callers below.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "reports/frame_label.h"
#include "reports/frame_tree.h"
#include "reports/report.h"
#include "reports/stack_value.h"

enum { SAMPLES_MOST = 100 };            /* as massif keeps snapshots */
#define USUAL_PRUNE 0.01                /* massif's threshold */
#define NS_PER_MS UINT64_C(1000000)

enum tree { TREE_NONE, TREE_SNAPSHOT, TREE_PEAK, TREE_END };

struct moment {
	uint64_t time_ns, bytes;
	enum tree tree;
	const struct view_snapshot *snapshot;
};

struct output {
	const struct view_profile *view;
	const struct report_options *options;
	const uint64_t *address_of;     /* by frame */
	FILE *out;
	struct text label;
	double prune;
};

/* --- What is shown -------------------------------------------------------------- */

static int compare_moments(const void *a, const void *b)
{
	const struct moment *first = a, *second = b;

	if (first->time_ns != second->time_ns)
		return first->time_ns < second->time_ns ? -1 : 1;
	return (first->tree > second->tree) - (first->tree < second->tree);
}

static uint64_t bytes_then(const struct view_stacks *stacks, const struct view_snapshot *snapshot)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < snapshot->row_count; i++)
		bytes += stack_value_then(stacks, &snapshot->rows[i], stacks->metric).bytes;
	return bytes;
}

static enum metric live_metric(const struct view_stacks *stacks)
{
	return stacks->metric == METRIC_MAPPED ? METRIC_MAPPED : METRIC_LIVE;
}

/* Of the curve an even selection; a filter knows no curve. */
static size_t add_samples(const struct view_profile *view, struct moment *moments)
{
	bool mapped = view->stacks.metric == METRIC_MAPPED;
	const struct view_sample *samples = mapped ? view->timeline.mapped : view->timeline.heap;
	size_t count = mapped ? view->timeline.mapped_count : view->timeline.heap_count;
	size_t shown = count < SAMPLES_MOST ? count : SAMPLES_MOST;

	if (view->stacks.filtered)
		return 0;
	for (size_t i = 0; i < shown; i++) {
		const struct view_sample *sample = &samples[i * count / shown];

		moments[i] = (struct moment){ sample->time_ns, sample->value, TREE_NONE, NULL };
	}
	return shown;
}

static size_t choose_moments(const struct view_profile *view, struct moment *moments)
{
	const struct view_stacks *stacks = &view->stacks;
	size_t count = add_samples(view, moments);

	for (size_t i = 0; i < stacks->snapshot_count; i++)
		moments[count++] = (struct moment){
			stacks->snapshots[i].mark.time_ns, bytes_then(stacks, &stacks->snapshots[i]),
			TREE_SNAPSHOT, &stacks->snapshots[i],
		};
	if (stacks->metric != METRIC_MAPPED)
		moments[count++] = (struct moment){
			stacks->peak_time_ns, stack_total(stacks, METRIC_PEAK).bytes, TREE_PEAK, NULL,
		};
	uint64_t end_ns = view->timeline.duration_ns;

	for (size_t i = 0; i < count; i++)
		end_ns = moments[i].time_ns > end_ns ? moments[i].time_ns : end_ns;
	moments[count++] = (struct moment){
		end_ns, stack_total(stacks, live_metric(stacks)).bytes, TREE_END, NULL,
	};
	qsort(moments, count, sizeof *moments, compare_moments);
	return count;
}

/* --- Trees ---------------------------------------------------------------------- */

static void print_indent(uint32_t depth, FILE *out)
{
	for (uint32_t i = 0; i < depth; i++)
		fputc(' ', out);
}

static void print_place(struct output *to, const struct frame_tree *tree,
			const struct frame_tree_node *node)
{
	const struct view_frame *frame = &to->view->stacks.frames[node->frame];

	fprintf(to->out, " 0x%" PRIX64 ": %s", to->address_of[node->frame], tree->labels[node->label]);
	if (!frame->file && frame->module) {
		text_clear(&to->label);
		frame_label_name(&to->label, frame->module);
		fprintf(to->out, " (in %s)", to->label.data);
	}
	fputc('\n', to->out);
}

static void print_node(struct output *to, const struct frame_tree *tree, uint32_t i)
{
	const struct frame_tree_node *node = &tree->nodes[i];

	print_indent(node->depth, to->out);
	fprintf(to->out, "n%" PRIu32 ": %" PRIu64, node->child_count, node->sum);
	if (node->pruned)
		fprintf(to->out, " in %" PRIu32 " place%s, all below massif's threshold (%.2f%%)\n",
			node->pruned, node->pruned == 1 ? "" : "s", to->prune * 100);
	else if (node->frame == FRAME_TREE_NO_FRAME)
		fprintf(to->out, " %s\n", tree->labels[node->label]);
	else
		print_place(to, tree, node);
}

static int print_tree(struct output *to, const struct moment *moment, struct error *err)
{
	const struct frame_tree_options shape = {
		.metric = moment->tree == TREE_PEAK ? METRIC_PEAK : live_metric(&to->view->stacks),
		.inverted = !to->options->inverted, .by_node = to->options->by_node, .lines = true,
		.prune = to->prune,
	};
	struct frame_tree tree;
	int code = frame_tree_make(&tree, &to->view->stacks, moment->snapshot, &shape, err);

	if (code)
		return code;
	fprintf(to->out, "n%" PRIu32 ": %" PRIu64 " (heap allocation functions) malloc/new/new[],"
		" --alloc-fns, etc.\n", tree.nodes[0].child_count, tree.nodes[0].sum);
	for (uint32_t i = frame_tree_next(&tree, 0); i; i = frame_tree_next(&tree, i))
		print_node(to, &tree, i);
	frame_tree_release(&tree);
	return 0;
}

/* --- The file ------------------------------------------------------------------- */

static int print_moment(struct output *to, size_t number, const struct moment *moment,
			struct error *err)
{
	static const char *const trees[] = {
		[TREE_NONE] = "empty", [TREE_SNAPSHOT] = "detailed", [TREE_PEAK] = "peak",
		[TREE_END] = "detailed",
	};

	fprintf(to->out, "#-----------\nsnapshot=%zu\n#-----------\ntime=%" PRIu64 "\n"
		"mem_heap_B=%" PRIu64 "\nmem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=%s\n",
		number, moment->time_ns / NS_PER_MS, moment->bytes, trees[moment->tree]);
	return moment->tree == TREE_NONE ? 0 : print_tree(to, moment, err);
}

static void print_head(struct output *to)
{
	const char *const *word = to->view->stacks.process.command;

	text_clear(&to->label);
	for (; word && *word; word++) {
		text_add(&to->label, to->label.length ? " " : "");
		frame_label_name(&to->label, *word);
	}
	fprintf(to->out, "desc: requested sizes, recorded by dagmem\n"
		"cmd: %s\ntime_unit: ms\n", to->label.data);
}

/* An address that each frame is at; functions inlined somewhere share that place's. */
static void find_addresses(const struct view_stacks *stacks, uint64_t *address_of)
{
	for (size_t i = stacks->place_count; i-- > 1;) {
		const struct view_place *place = &stacks->places[i];

		for (uint32_t f = 0; f < place->count; f++)
			address_of[stacks->place_frames[place->first + f]] = place->address;
	}
}

static int check(const struct view_stacks *stacks, struct error *err)
{
	bool end = !stacks->at || !strcmp(stacks->at, "exit") || !strcmp(stacks->at, "now");

	if (stacks->metric != METRIC_LIVE && stacks->metric != METRIC_PEAK &&
	    stacks->metric != METRIC_MAPPED)
		return error_set(err, ERROR_USAGE, "massif shows live memory: --metric live or mapped");
	if (!end && stacks->metric != METRIC_PEAK)
		return error_set(err, ERROR_USAGE, "massif shows all moments, not '%s' alone",
				 stacks->at);
	return 0;
}

static int print_moments(struct output *to, struct arena *arena, struct error *err)
{
	const struct view_stacks *stacks = &to->view->stacks;
	size_t most = SAMPLES_MOST + stacks->snapshot_count + 2;
	struct moment *moments = arena_alloc_array(arena, most, sizeof *moments);
	uint64_t *address_of = arena_alloc_array(arena, stacks->frame_count + 1, sizeof *address_of);
	int code = 0;

	if (!moments || !address_of)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	find_addresses(stacks, address_of);
	to->address_of = address_of;
	print_head(to);
	size_t count = choose_moments(to->view, moments);

	for (size_t i = 0; !code && i < count; i++)
		code = print_moment(to, i, &moments[i], err);
	if (!code && text_failed(&to->label))
		code = error_set(err, ERROR_NO_MEMORY, "out of memory");
	return code;
}

static int massif(const struct view_profile *view, const struct report_options *options, FILE *out,
		  struct error *err)
{
	struct output to = {
		.view = view, .options = options, .out = out,
		.prune = options->prune < 0 ? USUAL_PRUNE : options->prune,
	};
	struct arena arena = ARENA_INIT;
	int code = check(&view->stacks, err);

	text_init(&to.label);
	if (!code)
		code = print_moments(&to, &arena, err);
	text_release(&to.label);
	arena_release(&arena);
	return code;
}

const struct report report_massif = {
	.name = "massif",
	.suffix = "massif.out",
	.summary = "massif.out, for ms_print and massif-visualizer",
	.profile = massif,
	.tree = true,
	.snapshots = true,
};
