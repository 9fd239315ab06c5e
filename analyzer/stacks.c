#include "analyzer/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/attribute.h"
#include "analyzer/dataset.h"
#include "analyzer/fill.h"
#include "analyzer/filter.h"
#include "analyzer/load.h"
#include "analyzer/load_code.h"
#include "analyzer/moment.h"
#include "analyzer/view_stacks.h"
#include "base/error.h"
#include "base/intern.h"
#include "profile/layout.h"

_Static_assert((int)VIEW_HEAP == ACCOUNT_HEAP && (int)VIEW_MAPPING == ACCOUNT_MAPPING &&
	       (int)VIEW_POOL == ACCOUNT_POOL, "kinds are the format's");

enum { USED = UINT32_MAX };     /* in a table of numbers that are not handed out yet */

/* On the way from a dataset to a view; freed together. */
struct gather {
	struct dataset *data;
	const struct loaded *loaded;
	const struct query_options *options;
	struct view_stacks *view;
	struct arena scratch;
	struct fill fill;
	struct intern nodes;            /* names of DAG nodes in use */
	struct moment moment;
	bool live_is_peak;
	struct code code;
	uint32_t *owners;               /* symbol by node */
	bool *wanted;                   /* by node */
	uint32_t *stack_of;            /* by account's index: number + 1; 0: left out */
	uint32_t *call_of, *place_of, *frame_of;        /* new numbers; 0 or USED */
};

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the call tree");
}

/* --- Which stacks ---------------------------------------------------------- */

static bool is_end(const struct gather *g)
{
	return g->moment.rows == g->loaded->accounts;
}

/* Rows of a moment and all accounts are both in the order of ids. */
static const struct account_row *row_of(const struct account_row *rows, size_t count, size_t *at,
					uint32_t id)
{
	while (*at < count && rows[*at].id < id)
		(*at)++;
	return *at < count && rows[*at].id == id ? &rows[*at] : NULL;
}

static struct view_stack values(const struct gather *g, const struct account_row *row)
{
	struct view_stack stack = {
		.total = moment_value(&(struct moment){ 0 }, row, METRIC_TOTAL),
		.temporaries = row->temporaries,
	};

	stack.live = moment_value(&(struct moment){ .at_peak = g->live_is_peak }, row, METRIC_LIVE);
	if (is_end(g))
		stack.peak = moment_value(&(struct moment){ .at_peak = true }, row, METRIC_PEAK);
	return stack;
}

static bool is_zero(const struct view_stack *stack)
{
	return !(stack->live.bytes | stack->live.count | stack->peak.bytes | stack->peak.count |
		 stack->total.bytes | stack->total.count | stack->temporaries);
}

static void use_frame(struct gather *g, uint32_t symbol)
{
	g->frame_of[symbol] = USED;
}

/* The call site and its callers. */
static void use_call(struct gather *g, uint32_t node)
{
	const struct call_frames *frames = &g->loaded->frames;

	for (; node && !g->call_of[node]; node = frames->nodes[node].parent) {
		const struct frame_place *place = &frames->places[frames->nodes[node].place];

		g->call_of[node] = USED;
		g->place_of[frames->nodes[node].place] = USED;
		for (uint32_t i = 0; i < place->count; i++)
			use_frame(g, frames->frames[place->first + i]);
	}
}

static uint32_t number_of_dag_node(struct gather *g, uint32_t id)
{
	const char *name = id ? load_dag_node_name(g->loaded, id) : VIEW_OUTSIDE_NODES;
	uint32_t number = intern_add(&g->nodes, name ? name : arena_printf(&g->scratch, "node %u", id));

	g->fill.failed |= number == MAP_NONE;
	return number;
}

/* Node and owner are those of the dataset until number_stacks(). */
static void keep(struct gather *g, size_t index, const struct view_stack *stack)
{
	const struct account_row *account = &g->loaded->accounts[index];
	struct view_stack *kept = &g->view->stacks[g->view->stack_count++];

	*kept = *stack;
	kept->call = account->node;
	kept->node = number_of_dag_node(g, account->dag_node);
	kept->owner = g->owners[account->node];
	kept->kind = (enum view_kind)account->kind;
	g->stack_of[index] = (uint32_t)g->view->stack_count;
	use_call(g, account->node);
	use_frame(g, kept->owner);
}

static void gather_stacks(struct gather *g, bool keep_zeros)
{
	const struct loaded *loaded = g->loaded;
	size_t at = 0;

	number_of_dag_node(g, 0);
	for (size_t i = 0; i < loaded->account_count; i++) {
		const struct account_row *account = &loaded->accounts[i];
		const struct account_row *row = row_of(g->moment.rows, g->moment.count, &at, account->id);
		struct view_stack stack = { .call = 0 };
		bool wanted = g->wanted[account->node] &&
			      query_wants_node(g->options, loaded, account->dag_node);

		if (row)
			stack = values(g, row);
		if (!keep_zeros && is_zero(&stack))
			continue;
		if (wanted)
			keep(g, i, &stack);
		else
			g->view->filtered = true;
	}
}

/* --- New numbers ------------------------------------------------------------ */

/* Number what is used from `first` on, in its old order; what is not stays 0. */
static size_t hand_out(uint32_t *numbers, size_t count, uint32_t first)
{
	uint32_t next = first;

	for (size_t i = 0; i < count; i++)
		if (numbers[i] == USED)
			numbers[i] = next++;
	return next;
}

static void fill_frames(struct gather *g)
{
	for (size_t i = 0; i < g->loaded->frames.symbol_count; i++)
		if (g->frame_of[i] != USED)
			g->view->frames[g->frame_of[i]] = fill_frame(&g->fill, (uint32_t)i);
}

static void fill_place(struct gather *g, size_t id)
{
	const struct call_frames *frames = &g->loaded->frames;
	const struct frame_place *from = &frames->places[id];
	struct view_stacks *view = g->view;
	struct view_place *place = &view->places[g->place_of[id]];

	place->first = (uint32_t)view->place_frame_count;
	place->count = from->count;
	if (id < g->code.place_count) {
		place->module = g->code.places[id].module;
		place->address = g->code.places[id].address;
	}
	for (uint32_t i = 0; i < from->count; i++)
		view->place_frames[view->place_frame_count++] =
			g->frame_of[frames->frames[from->first + i]];
}

static void fill_calls(struct gather *g)
{
	const struct call_frames *frames = &g->loaded->frames;

	for (size_t id = 1; id < frames->node_count; id++)
		if (g->call_of[id])
			g->view->calls[g->call_of[id]] = (struct view_call){
				g->call_of[frames->nodes[id].parent],
				g->place_of[frames->nodes[id].place],
			};
}

static void number_stacks(struct gather *g)
{
	for (size_t i = 0; i < g->view->stack_count; i++) {
		struct view_stack *stack = &g->view->stacks[i];

		stack->call = g->call_of[stack->call];
		stack->owner = g->frame_of[stack->owner];
	}
}

/* Frames are numbered from 0, which is no mark: USED stays for what has none. */
static size_t number_frames(struct gather *g)
{
	size_t symbols = g->loaded->frames.symbol_count;
	uint32_t next = 0;

	for (size_t i = 0; i < symbols; i++)
		g->frame_of[i] = g->frame_of[i] ? next++ : USED;
	return next;
}

static int fill_tree(struct gather *g, struct error *err)
{
	const struct call_frames *frames = &g->loaded->frames;
	struct view_stacks *view = g->view;

	g->place_of[PLACE_EMPTY] = 0;
	view->call_count = hand_out(g->call_of, frames->node_count, 1);
	view->place_count = hand_out(g->place_of, frames->place_count, 1);
	view->frame_count = number_frames(g);
	view->calls = fill_array(&g->fill, view->call_count, sizeof *view->calls);
	view->places = fill_array(&g->fill, view->place_count, sizeof *view->places);
	view->place_frames = fill_array(&g->fill, frames->frame_count, sizeof *view->place_frames);
	view->frames = fill_array(&g->fill, view->frame_count, sizeof *view->frames);
	if (g->fill.failed)
		return no_memory(err);
	fill_frames(g);
	for (size_t id = 0; id < frames->place_count; id++)
		if (g->place_of[id])
			fill_place(g, id);
	fill_calls(g);
	number_stacks(g);
	return 0;
}

/* --- Snapshots -------------------------------------------------------------- */

static void fill_snapshot(struct gather *g, const struct account_row *rows, size_t count,
			  struct view_snapshot *snapshot)
{
	const struct loaded *loaded = g->loaded;
	size_t at = 0;

	for (size_t i = 0; i < loaded->account_count; i++) {
		const struct account_row *row = row_of(rows, count, &at, loaded->accounts[i].id);

		if (!row || !g->stack_of[i])
			continue;
		snapshot->rows[snapshot->row_count++] = (struct view_snapshot_row){
			.stack = g->stack_of[i] - 1,
			.live = moment_value(&(struct moment){ 0 }, row, METRIC_LIVE),
			.total = moment_value(&(struct moment){ 0 }, row, METRIC_TOTAL),
			.temporaries = row->temporaries,
		};
	}
}

static int read_snapshot(struct gather *g, uint32_t id, struct view_snapshot *snapshot,
			 struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct account_row *rows;
	size_t count;
	int status = load_snapshot(dataset_store(g->data), g->loaded, id, &arena, &rows, &count, err);

	if (!status) {
		snapshot->rows = fill_array(&g->fill, count, sizeof *snapshot->rows);
		if (snapshot->rows)
			fill_snapshot(g, rows, count, snapshot);
	}
	arena_release(&arena);
	return status;
}

static int compare_snapshots(const void *a, const void *b)
{
	const struct view_snapshot *first = a, *second = b;

	if (first->mark.time_ns != second->mark.time_ns)
		return first->mark.time_ns < second->mark.time_ns ? -1 : 1;
	return strcmp(first->mark.label, second->mark.label);
}

static int read_snapshots(struct gather *g, struct error *err)
{
	struct view_stacks *view = g->view;
	size_t count;
	struct view_mark *marks = fill_marks(&g->fill, &count);
	int status = 0;

	view->snapshots = fill_array(&g->fill, count, sizeof *view->snapshots);
	if (!view->snapshots)
		return no_memory(err);
	view->snapshot_count = count;
	for (size_t i = 0; !status && i < count; i++) {
		view->snapshots[i].mark = marks[i];
		status = read_snapshot(g, g->loaded->snapshots[i].id, &view->snapshots[i], err);
	}
	if (!status)
		qsort(view->snapshots, count, sizeof *view->snapshots, compare_snapshots);
	return status;
}

/* --- All of it -------------------------------------------------------------- */

static int make_tables(struct gather *g, struct error *err)
{
	const struct call_frames *frames = &g->loaded->frames;

	g->owners = calloc(frames->node_count + 1, sizeof *g->owners);
	g->wanted = calloc(frames->node_count + 1, sizeof *g->wanted);
	g->call_of = calloc(frames->node_count + 1, sizeof *g->call_of);
	g->place_of = calloc(frames->place_count + 1, sizeof *g->place_of);
	g->frame_of = calloc(frames->symbol_count + 1, sizeof *g->frame_of);
	g->stack_of = calloc(g->loaded->account_count + 1, sizeof *g->stack_of);
	g->view->stacks = fill_array(&g->fill, g->loaded->account_count, sizeof *g->view->stacks);
	if (!g->owners || !g->wanted || !g->call_of || !g->place_of || !g->frame_of || !g->stack_of ||
	    !g->view->stacks ||
	    attribute_owners(frames, &g->options->skip, g->options->leaf, g->owners) ||
	    filter_stacks(frames, g->options, g->owners, g->wanted))
		return no_memory(err);
	return 0;
}

static void fill_modules(struct gather *g)
{
	struct view_stacks *view = g->view;

	view->modules = fill_array(&g->fill, g->code.module_count, sizeof *view->modules);
	view->module_count = view->modules ? g->code.module_count : 0;
	for (size_t i = 0; i < view->module_count; i++) {
		view->modules[i] = g->code.modules[i];
		view->modules[i].path = fill_text(&g->fill, view->modules[i].path);
		view->modules[i].build_id = fill_text(&g->fill, view->modules[i].build_id);
	}
}

static void fill_nodes(struct gather *g)
{
	struct view_stacks *view = g->view;

	view->nodes = fill_array(&g->fill, g->nodes.count, sizeof *view->nodes);
	view->node_count = view->nodes ? g->nodes.count : 0;
	for (size_t i = 0; i < view->node_count; i++)
		view->nodes[i] = fill_text(&g->fill, g->nodes.texts[i]);
}

static void fill_head(struct gather *g)
{
	struct view_stacks *view = g->view;

	view->process = fill_process(&g->fill, &g->loaded->process);
	view->quality = fill_quality(&g->fill);
	view->metric = g->options->metric;
	view->at = fill_text(&g->fill, g->moment.name);
	view->peak_bytes = g->loaded->peak_bytes;
	view->peak_bound_bytes = g->loaded->peak_bound_bytes;
	view->peak_time_ns = g->loaded->peak_time_ns;
	fill_modules(g);
	fill_nodes(g);
}

static int find_moment(struct gather *g, struct error *err)
{
	const struct query_options *options = g->options;
	int status = query_check_node(options, g->loaded, err);

	if (!status)
		status = moment_find(g->data, options->at, options->metric, &g->scratch, &g->moment,
				     err);
	g->live_is_peak = options->at && strcmp(options->at, "peak") == 0;
	return status;
}

static int gather(struct gather *g, bool snapshots, struct error *err)
{
	int status = find_moment(g, err);

	if (!status)
		status = make_tables(g, err);
	if (!status)
		status = load_code(dataset_store(g->data), &g->scratch, &g->code, err);
	if (status)
		return status;
	gather_stacks(g, snapshots);
	status = fill_tree(g, err);
	if (!status && snapshots)
		status = read_snapshots(g, err);
	fill_head(g);
	return !status && g->fill.failed ? no_memory(err) : status;
}

static void release(struct gather *g)
{
	fill_release(&g->fill);
	intern_release(&g->nodes);
	arena_release(&g->scratch);
	free(g->owners);
	free(g->wanted);
	free(g->stack_of);
	free(g->call_of);
	free(g->place_of);
	free(g->frame_of);
}

int stacks_read(struct dataset *data, const struct query_options *options, bool snapshots,
		struct view_stacks *view, struct error *err)
{
	struct view_stacks filled = { .arena = ARENA_INIT };
	struct gather g = {
		.data = data, .loaded = dataset_loaded(data), .options = options, .view = &filled,
		.scratch = ARENA_INIT, .nodes = INTERN_INIT(&g.scratch),
	};

	fill_init(&g.fill, g.loaded, &filled.arena);
	int status = gather(&g, snapshots, err);

	if (!status)
		*view = filled;
	else
		view_stacks_free(&filled);
	release(&g);
	return status;
}
