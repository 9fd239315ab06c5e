#include "analyzer/dag_processes.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/reader.h"
#include "analyzer/siblings.h"
#include "base/error.h"
#include "base/intern.h"

/* From `time_ns` on the process has so many bytes live; times are of the machine's clock. */
struct moment { uint64_t time_ns, bytes; uint32_t process; };

struct process { uint32_t node; };      /* place in the view, or VIEW_NO_NODE */

struct build {
	struct dag_parts *parts;
	struct arena *arena;
	struct intern names;            /* number i is node i of the view */
	struct process *processes;
	size_t process_count;
	struct moment *moments;
	size_t moment_count, moment_capacity;
	uint64_t start_ns;              /* of the process that the run began with */
	uint64_t *begin_ns, *end_ns;    /* by node */
	bool no_memory;
};

/* --- One process --------------------------------------------------------------- */

static void add_moment(struct build *build, uint64_t time_ns, uint64_t bytes)
{
	size_t capacity = build->moment_capacity ? 2 * build->moment_capacity : 1024;

	if (build->moment_count == build->moment_capacity) {
		struct moment *larger = realloc(build->moments, capacity * sizeof *larger);

		build->no_memory |= !larger;
		if (!larger)
			return;
		build->moments = larger;
		build->moment_capacity = capacity;
	}
	build->moments[build->moment_count++] =
		(struct moment){ time_ns, bytes, (uint32_t)build->process_count };
}

static uint64_t end_of(const struct profile_data *data)
{
	if (data->header.end_monotonic_ns)
		return data->header.end_monotonic_ns;
	return data->sample_count ? data->samples[data->sample_count - 1].monotonic_ns
				  : data->header.start_monotonic_ns;
}

/*
 * The coarse clock, which is milliseconds late, may put a sample before its
 * process's start: into the time of another that had ended by then.
 */
static uint64_t not_before(const struct profile_data *data, uint64_t time_ns)
{
	uint64_t start = data->header.start_monotonic_ns;

	return time_ns > start ? time_ns : start;
}

/* Its samples, with the exact peak among them; nothing is left when it has ended. */
static void add_moments(struct build *build, const struct profile_data *data)
{
	uint64_t end = end_of(data), peak_time = not_before(data, data->header.peak_monotonic_ns);
	bool peak_is_in = !data->header.peak_bytes;
	size_t first = build->moment_count;

	for (size_t i = 0; i < data->sample_count; i++) {
		const struct heap_sample *sample = &data->samples[i];

		uint64_t time = not_before(data, sample->monotonic_ns);

		if (!peak_is_in && peak_time < time) {
			add_moment(build, peak_time, data->header.peak_bytes);
			peak_is_in = true;
		}
		add_moment(build, time, sample->live_bytes);
	}
	if (!peak_is_in)
		add_moment(build, peak_time, data->header.peak_bytes);
	/* After all else, whatever the coarse clock said of that. */
	for (size_t i = first; i < build->moment_count; i++)
		if (end <= build->moments[i].time_ns)
			end = build->moments[i].time_ns + 1;
	add_moment(build, end, 0);
}

static void add_accounts(struct view_dag_node *node, const struct profile_data *data)
{
	for (uint32_t id = 1; id < data->account_count; id++) {
		const struct reader_account *account = &data->accounts[id];

		if (account->kind != ACCOUNT_HEAP)
			continue;
		node->allocated_bytes += account->sums.allocated_bytes;
		node->allocations += account->sums.allocations;
		node->live_bytes += account->sums.live_bytes;
		node->live_count += account->sums.live_blocks;
	}
	node->processes++;
	node->failed |= data->header.state == STATE_KILLED;
}

static void add_span(struct build *build, uint32_t node, const struct profile_data *data)
{
	uint64_t begin = data->header.start_monotonic_ns, end = end_of(data);

	if (build->begin_ns[node] > begin)
		build->begin_ns[node] = begin;
	if (build->end_ns[node] < end)
		build->end_ns[node] = end;
}

/* A profile that can't be read any more is left out. */
static void add_process(struct build *build, const char *path, uint32_t node)
{
	struct arena arena = ARENA_INIT;
	struct error ignored = ERROR_INIT;
	struct profile_data data;

	if (reader_read(path, &arena, &data, &ignored) == 0) {
		if (node != VIEW_NO_NODE) {
			add_accounts(&build->parts->view->nodes[node], &data);
			add_span(build, node, &data);
		} else if (!build->process_count) {
			build->start_ns = data.header.start_monotonic_ns;
		}
		add_moments(build, &data);
		build->processes[build->process_count++].node = node;
	}
	arena_release(&arena);
}

/* --- All together ---------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	/* What ends at the time that another begins at is gone. */
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? -1 : 1;
	return (x->process > y->process) - (x->process < y->process);
}

/* What processes, nodes and the whole have live while time goes on. */
struct sweep {
	uint64_t *process, *node;       /* node: one more at the end, for none */
	uint64_t total;
};

static bool sweep_init(struct sweep *sweep, const struct build *build)
{
	*sweep = (struct sweep){
		.process = arena_alloc_array(build->arena, build->process_count + 1, sizeof *sweep->process),
		.node = arena_alloc_array(build->arena, build->parts->view->node_count + 1,
					  sizeof *sweep->node),
	};
	return sweep->process && sweep->node;
}

/* The node whose sum has changed. */
static uint32_t sweep_step(struct sweep *sweep, const struct build *build, const struct moment *moment)
{
	uint32_t node = build->processes[moment->process].node;
	uint64_t *mine = &sweep->process[moment->process];
	uint64_t *sum = &sweep->node[node == VIEW_NO_NODE ? build->parts->view->node_count : node];

	*sum += moment->bytes - *mine;
	sweep->total += moment->bytes - *mine;
	*mine = moment->bytes;
	return node;
}

/* Each node's own maximum, and when that of all of them is: after how many moments. */
static size_t find_peaks(struct build *build, struct sweep *sweep)
{
	struct view_dag *view = build->parts->view;
	size_t highest = 0;

	view->peak_bytes = 0;
	for (size_t i = 0; i < build->moment_count; i++) {
		uint32_t node = sweep_step(sweep, build, &build->moments[i]);

		if (node != VIEW_NO_NODE && view->nodes[node].transient_bytes < sweep->node[node])
			view->nodes[node].transient_bytes = sweep->node[node];
		if (view->peak_bytes < sweep->total) {
			view->peak_bytes = sweep->total;
			view->peak_time_ns = build->moments[i].time_ns > build->start_ns
				? build->moments[i].time_ns - build->start_ns : 0;
			highest = i + 1;
		}
	}
	return highest;
}

static void take_shares(struct build *build, struct sweep *sweep, size_t moments)
{
	struct view_dag *view = build->parts->view;

	for (size_t i = 0; i < moments; i++)
		sweep_step(sweep, build, &build->moments[i]);
	for (size_t i = 0; i < view->node_count; i++)
		view->nodes[i].at_peak_bytes = sweep->node[i];
	view->outside_at_peak_bytes = sweep->node[view->node_count];
}

static bool combine(struct build *build)
{
	struct sweep first, second;
	size_t highest;

	if (!sweep_init(&first, build) || !sweep_init(&second, build))
		return false;
	if (build->moment_count)
		qsort(build->moments, build->moment_count, sizeof *build->moments, by_time);
	highest = find_peaks(build, &first);
	take_shares(build, &second, highest);
	build->parts->view->peak_bound_bytes = 0;
	return true;
}

/* --- Executions -------------------------------------------------------------------- */

static int by_begin(const void *a, const void *b)
{
	const struct view_dag_execution *x = a, *y = b;

	if (x->begin_ns != y->begin_ns)
		return x->begin_ns < y->begin_ns ? -1 : 1;
	return (x->node > y->node) - (x->node < y->node);
}

/* Recipes that ran at a time are in different lanes: the lowest that is free. */
static void choose_lanes(struct build *build)
{
	struct view_dag *view = build->parts->view;
	uint64_t *free_from = arena_alloc_array(build->arena, view->execution_count + 1, sizeof *free_from);

	for (size_t i = 0; free_from && i < view->execution_count; i++) {
		struct view_dag_execution *execution = &view->executions[i];

		while (free_from[execution->thread] > execution->begin_ns)
			execution->thread++;
		free_from[execution->thread] = execution->end_ns;
	}
}

static uint64_t since_start(const struct build *build, uint64_t time_ns)
{
	return time_ns > build->start_ns ? time_ns - build->start_ns : 0;
}

/* One a recipe, from its first process's begin to its last one's end. */
static void fill_executions(struct build *build)
{
	struct view_dag *view = build->parts->view;

	view->executions = fill_array(build->parts->fill, view->node_count, sizeof *view->executions);
	view->execution_count = 0;
	for (uint32_t i = 0; view->executions && i < view->node_count; i++) {
		struct view_dag_node *node = &view->nodes[i];

		if (!node->processes)
			continue;
		node->executions = 1;
		node->busy_ns = build->end_ns[i] - build->begin_ns[i];
		node->retained_bytes = (int64_t)node->live_bytes;
		view->executions[view->execution_count++] = (struct view_dag_execution){
			.node = i, .run = VIEW_NO_NODE,
			.begin_ns = since_start(build, build->begin_ns[i]),
			.end_ns = since_start(build, build->end_ns[i]),
			.transient_bytes = node->transient_bytes, .allocated_bytes = node->allocated_bytes,
			.failed = node->failed,
		};
	}
	view->executions_ended = view->execution_count;
	if (view->execution_count)
		qsort(view->executions, view->execution_count, sizeof *view->executions, by_begin);
	choose_lanes(build);
}

/* --- The build ------------------------------------------------------------------------ */

/* Number the nodes' names as the nodes are. */
static bool number_names(struct build *build)
{
	const struct view_dag *view = build->parts->view;

	for (uint32_t i = 0; i < view->node_count; i++)
		if (intern_add(&build->names, view->nodes[i].name) != i)
			return false;
	return true;
}

static uint32_t node_named(struct build *build, const char *name)
{
	uint32_t known = (uint32_t)build->parts->view->node_count;
	uint32_t number = name ? intern_add(&build->names, name) : MAP_NONE;

	return number < known ? number : VIEW_NO_NODE;
}

static bool any_belongs(struct build *build, const struct sibling *siblings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (node_named(build, siblings[i].node) != VIEW_NO_NODE)
			return true;
	return false;
}

static bool make_arrays(struct build *build, size_t processes)
{
	size_t nodes = build->parts->view->node_count;

	build->processes = arena_alloc_array(build->arena, processes + 1, sizeof *build->processes);
	build->begin_ns = arena_alloc_array(build->arena, nodes + 1, sizeof *build->begin_ns);
	build->end_ns = arena_alloc_array(build->arena, nodes + 1, sizeof *build->end_ns);
	for (size_t i = 0; build->begin_ns && i < nodes; i++)
		build->begin_ns[i] = UINT64_MAX;
	return build->processes && build->begin_ns && build->end_ns;
}

static bool fill_all(struct build *build, const struct sibling *siblings, size_t count)
{
	if (!make_arrays(build, count + 1))
		return false;
	add_process(build, build->parts->model->loaded->process.profile_path, VIEW_NO_NODE);
	for (size_t i = 0; i < count; i++)
		add_process(build, siblings[i].process.profile_path, node_named(build, siblings[i].node));
	if (build->no_memory || !combine(build))
		return false;
	build->parts->view->processes = build->process_count;
	fill_executions(build);
	return true;
}

int dag_processes_fill(struct dag_parts *parts, struct arena *arena, struct error *err)
{
	const struct loaded *loaded = parts->model->loaded;
	struct build build = { .parts = parts, .arena = arena, .names = INTERN_INIT(arena) };
	struct sibling *siblings;
	size_t count;
	bool done = true;

	/* Nodes that a program itself ran are its own. */
	if (!parts->view->node_count || parts->view->executions_ended)
		return 0;
	if (siblings_find(loaded->process.profile_path, loaded->run_id, arena, &siblings, &count, err))
		return err->code;
	if (!number_names(&build))
		done = false;
	else if (any_belongs(&build, siblings, count))
		done = fill_all(&build, siblings, count);
	intern_release(&build.names);
	free(build.moments);
	return done ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for the build's processes");
}
