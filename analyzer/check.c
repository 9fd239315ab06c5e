#include "analyzer/check.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/check_leaks.h"
#include "analyzer/check_match.h"
#include "analyzer/dag_view.h"
#include "analyzer/dataset.h"
#include "analyzer/diff.h"
#include "analyzer/fill.h"
#include "analyzer/group.h"
#include "analyzer/load.h"
#include "base/error.h"

enum { ROWS_SHOWN = 10, BEHIND_SHOWN = 3 };

struct checker {
	struct dataset *data, *baseline;
	const char *baseline_at;
	const struct loaded *loaded;
	const struct limits *limits;
	const struct query_options *options;
	const struct leaks_options *leaks;
	struct view_check *view;
	struct fill fill;
};

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the check");
}

/* --- Quantities ------------------------------------------------------------------- */

static const enum metric METRIC_OF[CHECK_QUANTITIES] = {
	[CHECK_PEAK] = METRIC_PEAK, [CHECK_LIVE] = METRIC_LIVE, [CHECK_TOTAL] = METRIC_TOTAL,
	[CHECK_ALLOCATIONS] = METRIC_COUNT, [CHECK_TEMPORARY] = METRIC_TEMPORARY,
};

static const enum grouping GROUPING_OF[CHECK_SCOPES] = {
	[CHECK_PROCESS] = BY_LINE, [CHECK_LINE] = BY_LINE, [CHECK_FUNCTION] = BY_FUNCTION,
	[CHECK_FILE] = BY_FILE, [CHECK_MODULE] = BY_MODULE, [CHECK_NODE] = BY_NODE,
};

static bool is_counted(enum check_quantity quantity)
{
	return quantity == CHECK_ALLOCATIONS || quantity == CHECK_TEMPORARY;
}

static uint64_t value_of(enum check_quantity quantity, uint64_t bytes, uint64_t count)
{
	return is_counted(quantity) ? count : bytes;
}

static struct query_options query_of(const struct checker *checker, enum check_quantity quantity,
				     enum grouping by)
{
	return (struct query_options){
		.metric = METRIC_OF[quantity], .by = by, .leaf = checker->options->leaf,
		.skip = checker->options->skip,
	};
}

/* The composition of the peak may miss it by its bound; the peak itself is exact. */
static uint64_t of_process(const struct loaded *loaded, enum check_quantity quantity,
			   const struct view_total *total)
{
	return quantity == CHECK_PEAK ? loaded->peak_bytes
				      : value_of(quantity, total->bytes, total->count);
}

static bool matches(const struct checker *checker, const struct limit *limit,
		    const struct query_row *row)
{
	const char *node = row->dag_node ? load_dag_node_name(checker->loaded, row->dag_node)
					 : VIEW_OUTSIDE_NODES;

	return check_matches(limit, &checker->loaded->frames.symbols[row->frame], node);
}

/* --- Limits ------------------------------------------------------------------------- */

static int compare_rows(const void *a, const void *b, void *context)
{
	const struct query_row *x = a, *y = b;
	enum check_quantity quantity = *(const enum check_quantity *)context;
	uint64_t first = value_of(quantity, x->bytes, x->count);
	uint64_t second = value_of(quantity, y->bytes, y->count);

	if (first != second)
		return first > second ? -1 : 1;
	return (x->group > y->group) - (x->group < y->group);
}

static void show_rows(struct checker *checker, enum grouping by, const struct query_row *rows,
		      size_t count, struct view_check_item *item)
{
	item->rows = fill_array(&checker->fill, count, sizeof *item->rows);
	item->row_count = item->rows ? count : 0;
	for (size_t i = 0; i < item->row_count; i++) {
		struct view_check_row *row = &item->rows[i];

		row->value = value_of(item->quantity, rows[i].bytes, rows[i].count);
		row->before = VIEW_NOT_KNOWN;
		row->frame = fill_frame(&checker->fill, rows[i].frame);
		row->name = fill_name(&checker->fill, by, rows[i].frame, rows[i].dag_node);
		if (by == BY_LINE)
			fill_source(&checker->fill, &row->frame);
	}
}

static size_t at_most(size_t count, size_t most)
{
	return count < most ? count : most;
}

static void judge_process(struct checker *checker, const struct query_result *result,
			  struct view_check_item *item)
{
	item->value = of_process(checker->loaded, item->quantity, &result->total);
	item->matched = 1;
	item->passed = item->value <= item->allowed;
	item->over = !item->passed;
	if (!item->passed)
		show_rows(checker, BY_LINE, result->rows, at_most(result->count, BEHIND_SHOWN), item);
}

/* Rows are sorted: those that match move to the front, those over the limit first. */
static void judge_rows(struct checker *checker, const struct limit *limit,
		       const struct query_result *result, struct view_check_item *item)
{
	for (size_t i = 0; i < result->count; i++) {
		const struct query_row *row = &result->rows[i];
		uint64_t value = value_of(item->quantity, row->bytes, row->count);

		if (!matches(checker, limit, row))
			continue;
		if (!item->matched++)
			item->value = value;
		if (value > item->allowed)
			result->rows[item->over++] = *row;
	}
	item->passed = !item->over;
	show_rows(checker, GROUPING_OF[limit->scope], result->rows,
		  at_most(item->over, ROWS_SHOWN), item);
}

/* --- Limits on what only executions of DAG nodes have --------------------------------- */

static uint64_t of_node(const struct view_dag_node *node, enum check_quantity quantity)
{
	if (quantity == CHECK_TRANSIENT)
		return node->transient_bytes;
	return node->retained_bytes > 0 ? (uint64_t)node->retained_bytes : 0;
}

/* Into its place by size among the ROWS_SHOWN largest. */
static void insert_node(struct checker *checker, const struct view_dag_node *node, uint64_t value,
			struct view_check_item *item)
{
	size_t at = item->row_count < ROWS_SHOWN ? item->row_count++ : ROWS_SHOWN - 1;

	if (at == ROWS_SHOWN - 1 && item->over > ROWS_SHOWN && item->rows[at].value >= value)
		return;
	for (; at && item->rows[at - 1].value < value; at--)
		item->rows[at] = item->rows[at - 1];
	item->rows[at] = (struct view_check_row){
		.value = value, .before = VIEW_NOT_KNOWN,
		.name = fill_text(&checker->fill, node->name),
	};
}

static void judge_nodes(struct checker *checker, const struct limit *limit,
			const struct view_dag *dag, struct view_check_item *item)
{
	for (size_t i = 0; i < dag->node_count && item->rows; i++) {
		const struct view_dag_node *node = &dag->nodes[i];
		uint64_t value = of_node(node, limit->quantity);

		if (!node->name || fnmatch(limit->glob, node->name, 0) != 0)
			continue;
		item->matched++;
		item->value = value > item->value ? value : item->value;
		if (value <= item->allowed)
			continue;
		item->over++;
		insert_node(checker, node, value, item);
	}
	item->passed = !item->over;
}

static int judge_dag(struct checker *checker, const struct limit *limit,
		     struct view_check_item *item, struct error *err)
{
	struct view_dag dag;
	int status = dag_view_read(checker->data, &dag, err);

	if (status)
		return status;
	item->rows = fill_array(&checker->fill, ROWS_SHOWN, sizeof *item->rows);
	judge_nodes(checker, limit, &dag, item);
	view_dag_free(&dag);
	return 0;
}

/* --- One limit ------------------------------------------------------------------------ */

static int judge_limit(struct checker *checker, const struct limit *limit,
		       struct arena *arena, struct groups *groups, struct view_check_item *item,
		       struct error *err)
{
	struct query_options query = query_of(checker, limit->quantity, GROUPING_OF[limit->scope]);
	struct query_result result;

	if (limit->quantity == CHECK_LEAK)
		return check_leaks(checker->data, limit, checker->leaks, &checker->fill, item, err);
	if (limit->quantity == CHECK_TRANSIENT || limit->quantity == CHECK_RETAINED)
		return judge_dag(checker, limit, item, err);
	int status = query_run(checker->data, &query, groups, arena, &result, err);

	if (status)
		return status;
	qsort_r(result.rows, result.count, sizeof *result.rows, compare_rows, &item->quantity);
	if (limit->scope == CHECK_PROCESS)
		judge_process(checker, &result, item);
	else
		judge_rows(checker, limit, &result, item);
	return 0;
}

static struct view_check_item *new_item(struct checker *checker)
{
	struct view_check_item *item = &checker->view->items[checker->view->item_count++];

	item->before = VIEW_NOT_KNOWN;
	return item;
}

static int check_limit(struct checker *checker, const struct limit *limit, struct error *err)
{
	struct view_check_item *item = new_item(checker);
	struct arena arena = ARENA_INIT;
	struct groups groups;

	item->text = fill_text(&checker->fill, limit->text);
	item->file = fill_text(&checker->fill, limit->file);
	item->line = limit->line;
	item->kind = CHECK_LIMIT;
	item->quantity = limit->quantity;
	item->scope = limit->scope;
	item->allowed = limit->most;
	groups_init(&groups);
	int status = judge_limit(checker, limit, &arena, &groups, item, err);

	groups_release(&groups);
	arena_release(&arena);
	/* Nothing lost where a limit on leaks looks is what is hoped for. */
	if (checker->limits->strict && !item->matched && limit->quantity != CHECK_LEAK)
		item->passed = false;
	return status;
}

/* --- Against a baseline -------------------------------------------------------------- */

/* Of functions: those of another build may be on other lines, in other folders. */
static int compare(struct checker *checker, enum check_quantity quantity, struct view_diff *diff,
		   struct error *err)
{
	struct query_options query = query_of(checker, quantity, BY_FUNCTION);

	query.short_paths = true;
	return diff_datasets(checker->baseline, checker->baseline_at, checker->data, NULL, &query, diff,
			     err);
}

static uint64_t allowed_growth(const struct tolerance *tolerance, uint64_t before)
{
	if (!tolerance->relative)
		return tolerance->amount;
	double growth = tolerance->share * (double)before;

	return growth < (double)(UINT64_MAX / 2) ? (uint64_t)growth : UINT64_MAX / 2;
}

static uint64_t saturated_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - 1 - b ? UINT64_MAX - 1 : a + b;
}

static struct view_frame kept_frame(struct checker *checker, const struct view_frame *from)
{
	struct view_frame frame = *from;

	frame.function = fill_text(&checker->fill, from->function);
	frame.file = fill_text(&checker->fill, from->file);
	frame.module = fill_text(&checker->fill, from->module);
	frame.source = fill_text(&checker->fill, from->source);
	return frame;
}

/* Is a row of the comparison one to complain of? */
typedef bool row_test(const struct view_check_item *item, uint64_t before, uint64_t now);

static bool grew(const struct view_check_item *item, uint64_t before, uint64_t now)
{
	(void)item;
	return now > before;
}

static bool is_new_and_large(const struct view_check_item *item, uint64_t before, uint64_t now)
{
	return before == 0 && now > item->allowed;
}

static void show_differences(struct checker *checker, const struct view_diff *diff, row_test *wanted,
			     struct view_check_item *item)
{
	item->rows = fill_array(&checker->fill, ROWS_SHOWN, sizeof *item->rows);
	for (size_t i = 0; item->rows && i < diff->row_count; i++) {
		const struct view_diff_row *row = &diff->rows[i];
		uint64_t before = value_of(item->quantity, row->old_bytes, row->old_count);
		uint64_t now = value_of(item->quantity, row->new_bytes, row->new_count);

		if (!wanted(item, before, now))
			continue;
		if (!item->over++)
			item->value = item->kind == CHECK_NEW_SITE ? now : item->value;
		if (item->row_count < ROWS_SHOWN)
			item->rows[item->row_count++] = (struct view_check_row){
				now, before, kept_frame(checker, &row->frame), NULL,
			};
	}
}

/* The process's value may not have grown by more than the tolerance. */
static void check_growth(struct checker *checker, enum check_quantity quantity,
			 const struct view_diff *diff)
{
	const struct tolerance *tolerance = &checker->limits->tolerance[quantity];
	struct view_check_item *item = new_item(checker);

	item->kind = CHECK_GROWTH;
	item->quantity = quantity;
	item->matched = 1;
	item->text = arena_printf(&checker->view->arena, "baseline %s, tolerance %s",
				  limits_quantity_name(quantity), tolerance->text);
	item->value = of_process(checker->loaded, quantity, &diff->new_total);
	item->before = of_process(dataset_loaded(checker->baseline), quantity, &diff->old_total);
	item->allowed = saturated_sum(item->before, allowed_growth(tolerance, item->before));
	item->passed = item->value <= item->allowed;
	if (!item->passed)
		show_differences(checker, diff, grew, item);
	checker->fill.failed |= !item->text;
}

/* No function may hold more than that which the baseline knew nothing of. */
static void check_new_sites(struct checker *checker, enum check_quantity quantity,
			    const struct view_diff *diff)
{
	struct view_check_item *item = new_item(checker);

	item->kind = CHECK_NEW_SITE;
	item->quantity = quantity;
	item->scope = CHECK_FUNCTION;
	item->matched = diff->row_count;
	item->text = arena_printf(&checker->view->arena, "baseline new sites, %s",
				  limits_quantity_name(quantity));
	item->allowed = checker->limits->new_site_bytes;
	show_differences(checker, diff, is_new_and_large, item);
	item->passed = !item->over;
	checker->fill.failed |= !item->text;
}

static int check_against_baseline(struct checker *checker, struct error *err)
{
	int status = 0;

	for (int i = 0; i < CHECK_QUANTITIES && !status; i++) {
		struct view_diff diff;

		if (!checker->limits->tolerance[i].compared)
			continue;
		status = compare(checker, (enum check_quantity)i, &diff, err);
		if (status)
			return status;
		check_growth(checker, (enum check_quantity)i, &diff);
		if (i == CHECK_PEAK || i == CHECK_LIVE)
			check_new_sites(checker, (enum check_quantity)i, &diff);
		view_diff_free(&diff);
	}
	return status;
}

/* --- All of it ----------------------------------------------------------------------- */

static void fill_head(struct checker *checker)
{
	struct view_check *view = checker->view;

	view->process = fill_process(&checker->fill, &checker->loaded->process);
	view->quality = fill_quality(&checker->fill);
	view->peak_bound_bytes = checker->loaded->peak_bound_bytes;
	if (checker->baseline)
		view->baseline_path = fill_text(&checker->fill,
			dataset_loaded(checker->baseline)->process.profile_path);
	for (size_t i = 0; i < view->item_count; i++)
		view->failed += !view->items[i].passed;
}

static int check_all(struct checker *checker, struct error *err)
{
	const struct limits *limits = checker->limits;
	int status = 0;

	checker->view->items = fill_array(&checker->fill, limits->count + 2 * CHECK_QUANTITIES,
					  sizeof *checker->view->items);
	if (!checker->view->items)
		return no_memory(err);
	for (size_t i = 0; !status && i < limits->count; i++)
		status = check_limit(checker, &limits->list[i], err);
	if (!status && checker->baseline)
		status = check_against_baseline(checker, err);
	fill_head(checker);
	return !status && checker->fill.failed ? no_memory(err) : status;
}

int check_run(struct dataset *data, struct dataset *baseline, const char *baseline_at,
	      const struct limits *limits, const struct query_options *options,
	      const struct leaks_options *leaks, struct view_check *view, struct error *err)
{
	struct view_check filled = { .arena = ARENA_INIT };
	struct checker checker = {
		.data = data, .baseline = baseline, .baseline_at = baseline_at,
		.loaded = dataset_loaded(data), .limits = limits, .options = options,
		.leaks = leaks, .view = &filled,
	};

	fill_init(&checker.fill, checker.loaded, &filled.arena);
	int status = check_all(&checker, err);

	fill_release(&checker.fill);
	if (!status)
		*view = filled;
	else
		view_check_free(&filled);
	return status;
}
