#include "analyzer/live_parts.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/trend.h"

/* Of so many rows that hold more than they did is asked whether they grow. */
enum { TRENDS_MAX = 256 };

/* What both kinds of rows are made by. */
struct maker {
	const struct live *live;
	const struct live_query *query;
	struct arena *arena;
	const struct live_sums *sums;
	bool of_nodes;
};

/* --- One row ---------------------------------------------------------------- */

static double per_second(const struct live_table *table, uint64_t now, uint64_t before)
{
	uint64_t ns = table->before_ns ? table->now_ns - table->before_ns : 0;

	return ns ? ((double)now - (double)before) / ((double)ns / 1e9) : 0;
}

static void name_by_symbol(const struct maker *maker, uint32_t symbol, struct live_row *row)
{
	const struct frame_symbol *from = &live_tree_frames(&maker->live->tree)->symbols[symbol];
	const char *module = from->module ? from->module : SYMBOL_UNKNOWN_NAME;

	row->frame = (struct view_frame){
		.function = from->function, .file = from->file, .module = from->module,
		.module_offset = from->offset, .line = from->line,
	};
	if (maker->live->table.by == BY_FILE)
		row->name = from->file ? from->file : module;
	if (maker->live->table.by == BY_MODULE)
		row->name = module;
}

/* False: no memory. */
static bool name_by_node(const struct maker *maker, uint32_t node, struct live_row *row)
{
	const char *name = live_node_name(maker->live, node);

	row->name = !node ? VIEW_OUTSIDE_NODES : name ? name : arena_printf(maker->arena, "node %u", node);
	return row->name != NULL;
}

static bool make_row(const struct maker *maker, const struct live_sum *sum, struct live_row *row)
{
	const struct live_table *table = &maker->live->table;

	*row = (struct live_row){
		.own_bytes = sum->own_bytes, .own_blocks = sum->own_blocks,
		.total_bytes = sum->total_bytes, .allocations = sum->allocations,
		.own_rate = per_second(table, sum->own_bytes, sum->before_bytes),
		.allocation_rate = per_second(table, sum->allocations, sum->before_allocations),
		.history = sum->history, .history_count = sum->history ? table->clock.count : 0,
	};
	if (maker->of_nodes)
		return name_by_node(maker, sum->symbol, row);
	name_by_symbol(maker, sum->symbol, row);
	return true;
}

static bool has_part(const char *text, const char *part)
{
	return text && strcasestr(text, part) != NULL;
}

static bool passes(const struct live_row *row, const char *filter)
{
	return !filter || !*filter || has_part(row->name, filter) ||
	       has_part(row->frame.function, filter) || has_part(row->frame.file, filter) ||
	       has_part(row->frame.module, filter);
}

static bool is_shown(const struct live_sum *sum, const struct live_query *query)
{
	if (query->sort == LIVE_BY_TOTAL)
		return sum->total_bytes != 0;
	if (query->sort == LIVE_BY_ALLOCATIONS)
		return sum->allocations != 0;
	return sum->own_bytes != 0;
}

/* --- Order ------------------------------------------------------------------ */

static int downward(double a, double b)
{
	return (a < b) - (a > b);
}

/* Equal rows keep an order that does not change from look to look: by what they are called. */
static int by_name(const struct live_row *a, const struct live_row *b)
{
	const char *x = a->name ? a->name : a->frame.file ? a->frame.file : "";
	const char *y = b->name ? b->name : b->frame.file ? b->frame.file : "";
	int order = strcmp(x, y);

	return order ? order : (a->frame.line > b->frame.line) - (a->frame.line < b->frame.line);
}

static int by_own(const void *a, const void *b)
{
	const struct live_row *x = a, *y = b;
	int order = downward((double)x->own_bytes, (double)y->own_bytes);

	return order ? order : by_name(x, y);
}

static int by_total(const void *a, const void *b)
{
	const struct live_row *x = a, *y = b;
	int order = downward((double)x->total_bytes, (double)y->total_bytes);

	return order ? order : by_own(a, b);
}

static int by_allocations(const void *a, const void *b)
{
	const struct live_row *x = a, *y = b;
	int order = downward((double)x->allocations, (double)y->allocations);

	return order ? order : by_own(a, b);
}

static double gain(const struct live_row *row)
{
	return row->history_count ? (double)row->own_bytes - (double)row->history[0] : 0;
}

static int by_gain(const void *a, const void *b)
{
	int order = downward(gain(a), gain(b));

	return order ? order : by_own(a, b);
}

static int by_growth(const void *a, const void *b)
{
	const struct live_row *x = a, *y = b;
	int order = downward(x->growth.slope, y->growth.slope);

	return order ? order : by_gain(a, b);
}

/* --- Growth ----------------------------------------------------------------- */

static int find_growth(const struct live_clock *clock, struct live_row *row)
{
	double x[LIVE_HISTORY], y[LIVE_HISTORY];

	for (size_t i = 0; i < row->history_count; i++) {
		x[i] = (double)(clock->time_ns[i] - clock->time_ns[0]) / 1e9;
		y[i] = (double)row->history[i];
	}
	row->growth.unit = "s";
	return trend_find(x, y, row->history_count, &row->growth);
}

/* Keep the rows that grow; `rows` are sorted by what they gained. */
static int keep_growing(const struct live_clock *clock, struct live_rows *rows)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->matched && i < TRENDS_MAX && gain(&rows->rows[i]) > 0; i++) {
		struct live_row *row = &rows->rows[i];

		if (find_growth(clock, row))
			return -1;
		if (row->growth.verdict == TREND_GROWING)
			rows->rows[kept++] = *row;
	}
	rows->matched = kept;
	return 0;
}

/* --- All of them ------------------------------------------------------------ */

static bool collect(const struct maker *maker, struct live_rows *rows)
{
	for (size_t i = 0; i < maker->sums->count; i++) {
		if (!is_shown(&maker->sums->items[i], maker->query))
			continue;
		if (!make_row(maker, &maker->sums->items[i], &rows->rows[rows->matched]))
			return false;
		rows->matched += passes(&rows->rows[rows->matched], maker->query->filter);
	}
	return true;
}

static void sort(struct live_rows *rows, enum live_sort by)
{
	static int (*const order[])(const void *, const void *) = {
		[LIVE_BY_OWN] = by_own, [LIVE_BY_TOTAL] = by_total,
		[LIVE_BY_ALLOCATIONS] = by_allocations, [LIVE_BY_GROWTH] = by_growth,
	};

	qsort(rows->rows, rows->matched, sizeof *rows->rows, order[by]);
}

static int make_rows(const struct maker *maker, struct live_rows *rows)
{
	const struct live_query *query = maker->query;
	struct live_rows made = {
		.rows = arena_alloc_array(maker->arena, maker->sums->count + 1, sizeof *made.rows),
	};

	if (!made.rows || !collect(maker, &made))
		return -1;
	if (query->growing) {
		qsort(made.rows, made.matched, sizeof *made.rows, by_gain);
		if (keep_growing(&maker->live->table.clock, &made))
			return -1;
	}
	sort(&made, query->growing ? LIVE_BY_GROWTH : query->sort);
	made.count = query->limit && query->limit < made.matched ? query->limit : made.matched;
	*rows = made;
	return 0;
}

int live_rows(const struct live *live, const struct live_query *query, struct arena *arena,
	      struct live_rows *rows)
{
	const struct maker maker = { live, query, arena, &live->table.rows, false };

	return make_rows(&maker, rows);
}

int live_nodes(const struct live *live, const struct live_query *query, struct arena *arena,
	       struct live_rows *rows)
{
	const struct maker maker = { live, query, arena, &live->table.nodes, true };

	return make_rows(&maker, rows);
}
