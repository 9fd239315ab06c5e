#include "analyzer/dag_growth.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/attribute.h"
#include "analyzer/trend.h"
#include "base/error.h"
#include "profile/layout.h"

enum {
	LINES_SHOWN = 5,
	CELLS_MAX = 1 << 23,            /* nodes times snapshots: of more nothing is said */
};

/* What each node held at the end of each run that has a snapshot. */
struct table {
	const struct dag_model *model;
	struct store *store;
	const uint32_t *node_of_id;     /* place in the view, or VIEW_NO_NODE */
	size_t nodes, count;            /* count: of snapshots */
	const struct dag_run_row **runs;        /* by time */
	uint64_t *executions, *bytes, *blocks;  /* [node * count + snapshot] */
};

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for what nodes hold from run to run");
}

static uint32_t view_node(const struct table *table, uint32_t id)
{
	return id < table->model->node_limit ? table->node_of_id[id] : VIEW_NO_NODE;
}

/* --- Filling the table ----------------------------------------------------------------- */

static int fill_snapshot(struct table *table, size_t at, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct account_row *rows;
	size_t count;
	int code = load_snapshot(table->store, table->model->loaded, (uint32_t)table->runs[at]->snapshot,
				 &arena, &rows, &count, err);

	for (size_t i = 0; code == 0 && i < count; i++) {
		uint32_t node = rows[i].kind == ACCOUNT_HEAP ? view_node(table, rows[i].dag_node)
							     : VIEW_NO_NODE;

		if (node == VIEW_NO_NODE)
			continue;
		table->bytes[node * table->count + at] += rows[i].live_bytes;
		table->blocks[node * table->count + at] += rows[i].live_blocks;
	}
	arena_release(&arena);
	return code;
}

static size_t find_run(const struct table *table, uint32_t snapshot)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->runs[i]->snapshot == snapshot)
			return i;
	return table->count;
}

static void fill_executions(struct table *table)
{
	const struct loaded_dag *rows = table->model->rows;
	size_t at = table->count;

	for (size_t i = 0; i < rows->count_count; i++) {
		uint32_t node = view_node(table, rows->counts[i].node);

		if (!i || rows->counts[i].snapshot != rows->counts[i - 1].snapshot)
			at = find_run(table, rows->counts[i].snapshot);
		if (at < table->count && node != VIEW_NO_NODE)
			table->executions[node * table->count + at] += rows->counts[i].executions;
	}
}

static void table_release(struct table *table)
{
	free(table->runs);
	free(table->executions);
	free(table->bytes);
	free(table->blocks);
}

static int table_init(struct table *table, const struct dag_model *model, struct store *store,
		      const uint32_t *node_of_id, size_t nodes, struct error *err)
{
	const struct loaded_dag *rows = model->rows;

	*table = (struct table){
		.model = model, .store = store, .node_of_id = node_of_id, .nodes = nodes,
		.runs = calloc(rows->run_count + 1, sizeof(struct dag_run_row *)),
	};
	if (!table->runs)
		return no_memory(err);
	for (size_t i = 0; i < rows->run_count; i++)
		if (rows->runs[i].snapshot != UINT64_MAX)
			table->runs[table->count++] = &rows->runs[i];
	if (table->count < TREND_POINTS_MIN || nodes * table->count > CELLS_MAX) {
		table->count = 0;
		return 0;
	}
	table->executions = calloc(nodes * table->count + 1, sizeof(uint64_t));
	table->bytes = calloc(nodes * table->count + 1, sizeof(uint64_t));
	table->blocks = calloc(nodes * table->count + 1, sizeof(uint64_t));
	if (!table->executions || !table->bytes || !table->blocks)
		return no_memory(err);
	fill_executions(table);
	for (size_t at = 0; at < table->count; at++)
		if (fill_snapshot(table, at, err) != 0)
			return err->code;
	return 0;
}

/* --- One node ---------------------------------------------------------------------------- */

/* Snapshots between which the node was not executed say nothing new: the later one counts. */
static size_t fill_points(const struct table *table, size_t node, struct view_sample *points)
{
	const uint64_t *executions = table->executions + node * table->count;
	const uint64_t *bytes = table->bytes + node * table->count;
	bool counted = executions[table->count - 1] != 0;
	size_t count = 0;

	for (size_t at = 0; at < table->count; at++) {
		uint64_t x = counted ? executions[at] : table->runs[at]->number;

		if (count && points[count - 1].time_ns == x)
			count--;
		points[count++] = (struct view_sample){ x, bytes[at] };
	}
	return count;
}

static int find_trend(const struct view_sample *points, size_t count, struct view_trend *trend)
{
	double *values = calloc(2 * count + 1, sizeof *values);
	int result = values ? 0 : -1;

	for (size_t i = 0; values && i < count; i++) {
		values[i] = (double)points[i].time_ns;
		values[count + i] = (double)points[i].value;
	}
	if (!result)
		result = trend_find(values, values + count, count, trend);
	free(values);
	return result;
}

/*
 * When the growth began: after the last run that held the least; with the very
 * first, if what was held then is what that many executions leak.  What came
 * before says nothing of how fast it is.
 */
static int find_begin(const struct table *table, size_t node, struct view_dag_growth *growth)
{
	const uint64_t *executions = table->executions + node * table->count;
	struct view_trend since;
	size_t least = 0, run = 0;

	for (size_t at = 1; at < growth->point_count; at++)
		if (growth->points[at].value <= growth->points[least].value)
			least = at;
	if (growth->point_count - least >= TREND_POINTS_MIN) {
		if (find_trend(growth->points + least, growth->point_count - least, &since))
			return -1;
		if (since.verdict == growth->trend.verdict)
			growth->trend = since;
	}
	while (run < table->count && executions[run] && executions[run] < growth->points[least].time_ns)
		run++;
	bool from_the_first = least == 0 && growth->points[0].value &&
		(double)growth->points[0].value <= 1.5 * growth->trend.slope * (double)growth->points[0].time_ns;
	if (!from_the_first && run + 1 < table->count)
		run++;
	growth->since_iteration = table->runs[run]->iteration;
	return 0;
}

/* --- Its lines ----------------------------------------------------------------------------- */

/* What a line holds more at the end than half way; two's complement. */
struct line { uint32_t symbol; uint64_t bytes, blocks; };

static void add_rows(const struct table *table, const struct account_row *rows, size_t count,
		     uint32_t node, const uint32_t *owners, uint64_t sign, struct line *lines)
{
	for (size_t i = 0; i < count; i++) {
		struct line *line = &lines[owners[rows[i].node]];

		if (rows[i].kind != ACCOUNT_HEAP || view_node(table, rows[i].dag_node) != node)
			continue;
		line->symbol = owners[rows[i].node];
		line->bytes += sign * rows[i].live_bytes;
		line->blocks += sign * rows[i].live_blocks;
	}
}

static int by_bytes(const void *a, const void *b)
{
	int64_t x = (int64_t)((const struct line *)a)->bytes, y = (int64_t)((const struct line *)b)->bytes;

	return (x < y) - (x > y);
}

static void fill_lines(struct fill *fill, const struct line *lines, double executions,
		       struct view_dag_growth *growth)
{
	growth->lines = fill_array(fill, LINES_SHOWN, sizeof *growth->lines);
	for (size_t i = 0; growth->lines && i < LINES_SHOWN && (int64_t)lines[i].bytes > 0; i++) {
		struct view_dag_growth_line *line = &growth->lines[growth->line_count++];

		line->frame = fill_frame(fill, lines[i].symbol);
		fill_source(fill, &line->frame);
		line->bytes_per_execution = (double)lines[i].bytes / executions;
		line->blocks_per_execution = (double)(int64_t)lines[i].blocks / executions;
	}
}

/* The snapshot half way, and the last: what comes between them is not how it starts. */
static int find_lines(const struct table *table, uint32_t node, const uint32_t *owners,
		      struct fill *fill, struct view_dag_growth *growth, struct error *err)
{
	const struct loaded *loaded = table->model->loaded;
	const uint64_t *x = table->executions + node * table->count;
	size_t half = table->count / 2, last = table->count - 1, count;
	size_t symbols = loaded->frames.symbol_count;
	double executions = x[last] > x[half] ? (double)(x[last] - x[half]) : 1;
	struct line *lines = calloc(symbols + LINES_SHOWN + 1, sizeof *lines);
	struct arena arena = ARENA_INIT;
	struct account_row *rows;
	int code = lines ? 0 : no_memory(err);

	for (int end = 0; code == 0 && end < 2; end++) {
		uint32_t snapshot = (uint32_t)table->runs[end ? last : half]->snapshot;

		code = load_snapshot(table->store, loaded, snapshot, &arena, &rows, &count, err);
		if (code == 0)
			add_rows(table, rows, count, node, owners, end ? 1 : UINT64_MAX, lines);
	}
	if (code == 0) {
		qsort(lines, symbols, sizeof *lines, by_bytes);
		fill_lines(fill, lines, executions, growth);
		growth->blocks_per_execution =
			(double)(int64_t)(table->blocks[node * table->count + last] -
					  table->blocks[node * table->count + half]) / executions;
	}
	arena_release(&arena);
	free(lines);
	return code;
}

/* --- All nodes ----------------------------------------------------------------------------- */

static int tell(const struct table *table, uint32_t node, const uint32_t *owners,
		const struct view_sample *points, struct fill *fill,
		struct view_dag_growth *growth, struct error *err)
{
	growth->points = fill_array(fill, growth->point_count, sizeof *points);
	if (!growth->points)
		return no_memory(err);
	memcpy(growth->points, points, growth->point_count * sizeof *points);
	if (find_begin(table, node, growth))
		return no_memory(err);
	growth->trend.unit = "execution";
	return find_lines(table, node, owners, fill, growth, err);
}

static int look_at(const struct table *table, uint32_t node, const uint32_t *owners,
		   struct fill *fill, struct view_dag *view, struct error *err)
{
	struct view_dag_growth growth = { .node = node };
	struct view_sample *points = calloc(table->count + 1, sizeof *points);
	int code = 0;

	if (points)
		growth.point_count = fill_points(table, node, points);
	if (!points || find_trend(points, growth.point_count, &growth.trend))
		code = no_memory(err);
	if (code == 0 && (growth.trend.verdict == TREND_GROWING ||
			  growth.trend.verdict == TREND_LEVELS_OFF))
		code = tell(table, node, owners, points, fill, &growth, err);
	if (code == 0 && growth.points)
		view->growth[view->growth_count++] = growth;
	free(points);
	return code;
}

static int by_verdict(const void *a, const void *b)
{
	const struct view_dag_growth *x = a, *y = b;

	if (x->trend.verdict != y->trend.verdict)
		return x->trend.verdict == TREND_GROWING ? -1 : y->trend.verdict == TREND_GROWING;
	return (x->trend.slope < y->trend.slope) - (x->trend.slope > y->trend.slope);
}

static int look_at_all(const struct table *table, struct fill *fill, struct view_dag *view,
		       struct error *err)
{
	const struct call_frames *frames = &table->model->loaded->frames;
	uint32_t *owners = calloc(frames->node_count + 1, sizeof *owners);
	int code = 0;

	view->growth = fill_array(fill, table->nodes, sizeof *view->growth);
	if (!owners || !view->growth || attribute_owners(frames, NULL, false, owners))
		code = no_memory(err);
	for (uint32_t node = 0; code == 0 && node < table->nodes; node++)
		if (table->bytes[node * table->count + table->count - 1])
			code = look_at(table, node, owners, fill, view, err);
	if (code == 0 && view->growth_count)
		qsort(view->growth, view->growth_count, sizeof *view->growth, by_verdict);
	free(owners);
	return code;
}

int dag_growth_find(const struct dag_model *model, struct store *store,
		    const uint32_t *node_of_id, struct fill *fill, struct view_dag *view,
		    struct error *err)
{
	struct table table;
	int code = table_init(&table, model, store, node_of_id, view->node_count, err);

	if (code == 0 && table.count)
		code = look_at_all(&table, fill, view, err);
	table_release(&table);
	return code;
}
