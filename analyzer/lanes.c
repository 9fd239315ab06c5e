#include "analyzer/lanes.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/load_dag.h"
#include "base/error.h"
#include "base/intern.h"

/* What the executions of one name add up to, before it is known which have lanes. */
struct run_time {
	uint32_t name;
	uint64_t first_ns, busy_ns, allocated_bytes;
	uint64_t executions;
};

struct lanes {
	const struct loaded_dag *rows;
	const struct loaded *loaded;
	struct intern names;
	struct run_time *times;         /* by name */
	size_t count;
	uint32_t *name_of;              /* by execution; MAP_NONE: of a node without name */
};

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the lanes of nodes");
}

static int add_up(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->rows->execution_count; i++) {
		const struct dag_execution_row *row = &lanes->rows->executions[i];
		const char *text = load_dag_node_name(lanes->loaded, row->node);
		uint32_t name = text ? intern_add(&lanes->names, text) : MAP_NONE;
		struct run_time *time;

		if (text && name == MAP_NONE)
			return -1;
		lanes->name_of[i] = name;
		if (name == MAP_NONE)
			continue;
		time = &lanes->times[name];
		if (!time->executions++)
			time->first_ns = row->begin_ns;
		time->name = name;
		time->busy_ns += row->end_ns - row->begin_ns;
		time->allocated_bytes += row->allocated_bytes;
		if (name >= lanes->count)
			lanes->count = name + 1;
	}
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	const struct run_time *x = a, *y = b;

	if (x->allocated_bytes != y->allocated_bytes)
		return x->allocated_bytes > y->allocated_bytes ? -1 : 1;
	if (x->busy_ns != y->busy_ns)
		return x->busy_ns > y->busy_ns ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

static int by_begin(const void *a, const void *b)
{
	const struct run_time *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

/* Gaps that no plot would show are closed, wider ones as long as there are too many spans. */
static void add_span(struct view_lane *lane, const struct dag_execution_row *row, uint64_t gap_ns)
{
	struct view_span *last = lane->span_count ? &lane->spans[lane->span_count - 1] : NULL;

	if (last && (row->begin_ns <= last->end_ns + gap_ns || lane->span_count == LANE_SPANS_MAX)) {
		if (row->end_ns > last->end_ns)
			last->end_ns = row->end_ns;
		return;
	}
	lane->spans[lane->span_count++] = (struct view_span){ row->begin_ns, row->end_ns };
}

static void fill_lane(const struct lanes *lanes, const struct run_time *time, struct fill *fill,
		      uint64_t gap_ns, struct view_lane *lane)
{
	lane->node = fill_text(fill, intern_text(&lanes->names, time->name));
	lane->busy_ns = time->busy_ns;
	lane->allocated_bytes = time->allocated_bytes;
	lane->spans = fill_array(fill, LANE_SPANS_MAX, sizeof *lane->spans);
	for (size_t i = 0; lane->spans && i < lanes->rows->execution_count; i++)
		if (lanes->name_of[i] == time->name)
			add_span(lane, &lanes->rows->executions[i], gap_ns);
}

/* The wanted one alone, or those that allocated most. */
static size_t choose(struct lanes *lanes, const char *node)
{
	size_t kept = lanes->count < LANES_MAX ? lanes->count : LANES_MAX;

	if (!lanes->count)
		return 0;
	if (node) {
		for (size_t i = 0; i < lanes->count; i++)
			if (strcmp(intern_text(&lanes->names, lanes->times[i].name), node) == 0) {
				lanes->times[0] = lanes->times[i];
				return 1;
			}
		return 0;
	}
	qsort(lanes->times, lanes->count, sizeof *lanes->times, by_bytes);
	qsort(lanes->times, kept, sizeof *lanes->times, by_begin);
	return kept;
}

static void fill_lanes(struct lanes *lanes, struct fill *fill, const char *node,
		       struct view_timeline *view)
{
	size_t kept = choose(lanes, node);

	view->lanes = fill_array(fill, kept, sizeof *view->lanes);
	for (size_t i = 0; view->lanes && i < kept; i++)
		fill_lane(lanes, &lanes->times[i], fill, view->duration_ns / LANE_SPANS_MAX,
			  &view->lanes[view->lane_count++]);
	view->other_lanes = node ? 0 : lanes->count - kept;
}

int lanes_fill(struct store *store, struct fill *fill, const char *node,
	       struct view_timeline *view, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct lanes lanes = { .loaded = fill->loaded };
	struct loaded_dag rows;
	int code = load_dag(store, &arena, &rows, err);

	lanes.names = (struct intern)INTERN_INIT(&arena);
	if (code == 0) {
		lanes.rows = &rows;
		lanes.times = arena_alloc_array(&arena, rows.execution_count + 1, sizeof *lanes.times);
		lanes.name_of = arena_alloc_array(&arena, rows.execution_count + 1,
						  sizeof *lanes.name_of);
		if (!lanes.times || !lanes.name_of || add_up(&lanes))
			code = no_memory(err);
	}
	if (code == 0)
		fill_lanes(&lanes, fill, node, view);
	if (code == 0 && node && !view->lane_count)
		code = error_set(err, ERROR_NOT_FOUND, "no node '%s' ran in %s", node,
				 fill->loaded->process.profile_path);
	intern_release(&lanes.names);
	arena_release(&arena);
	return code;
}
