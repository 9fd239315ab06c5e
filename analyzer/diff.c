#include "analyzer/diff.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/fill.h"
#include "analyzer/group.h"
#include "analyzer/load.h"
#include "analyzer/profile_spec.h"
#include "base/error.h"

/* A row of one side, or the same row of both. */
struct pair {
	const struct query_row *old, *new;      /* NULL: not there */
};

struct sides {
	struct dataset *old_data, *new_data;
	struct query_result old, new;
	struct pair *pairs;
	size_t count;
};

static const struct query_row nothing;

static const struct query_row *or_nothing(const struct query_row *row)
{
	return row ? row : &nothing;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static bool differs(const struct pair *pair)
{
	const struct query_row *old = or_nothing(pair->old), *new = or_nothing(pair->new);

	return old->bytes != new->bytes || old->count != new->count;
}

/*
 * By |difference|, then by what is there now (as tracemalloc); equal ones in
 * the order of their groups, which are numbered by first appearance.
 */
static int compare_pairs(const void *a, const void *b, void *context)
{
	const struct pair *p = a, *q = b;
	const struct query_row *p_old = or_nothing(p->old), *p_new = or_nothing(p->new);
	const struct query_row *q_old = or_nothing(q->old), *q_new = or_nothing(q->new);
	const bool *by_count = context;
	uint64_t bytes_p = distance(p_old->bytes, p_new->bytes);
	uint64_t bytes_q = distance(q_old->bytes, q_new->bytes);
	uint64_t count_p = distance(p_old->count, p_new->count);
	uint64_t count_q = distance(q_old->count, q_new->count);
	const uint64_t order_p[] = { *by_count ? count_p : bytes_p, *by_count ? bytes_p : count_p,
				     p_new->bytes, p_new->count };
	const uint64_t order_q[] = { *by_count ? count_q : bytes_q, *by_count ? bytes_q : count_q,
				     q_new->bytes, q_new->count };
	uint32_t group_p = p->new ? p->new->group : p->old->group;
	uint32_t group_q = q->new ? q->new->group : q->old->group;

	for (size_t i = 0; i < sizeof order_p / sizeof order_p[0]; i++)
		if (order_p[i] != order_q[i])
			return order_p[i] > order_q[i] ? -1 : 1;
	return group_p < group_q ? -1 : group_p > group_q;
}

/* Rows of both sides side by side; those that are equal are left out. */
static int match(struct sides *sides, size_t groups, struct arena *arena)
{
	struct pair *of_group = arena_alloc_array(arena, groups, sizeof *of_group);

	sides->pairs = arena_alloc_array(arena, sides->old.count + sides->new.count,
					 sizeof *sides->pairs);
	if (!of_group || !sides->pairs)
		return -1;
	for (size_t i = 0; i < sides->old.count; i++)
		of_group[sides->old.rows[i].group].old = &sides->old.rows[i];
	for (size_t i = 0; i < sides->new.count; i++)
		of_group[sides->new.rows[i].group].new = &sides->new.rows[i];
	for (size_t i = 0; i < groups; i++)
		if (differs(&of_group[i]))
			sides->pairs[sides->count++] = of_group[i];
	return 0;
}

static void fill_row(struct fill *old_fill, struct fill *new_fill, const struct pair *pair,
		     enum grouping by, struct view_diff_row *shown)
{
	const struct query_row *old = or_nothing(pair->old), *new = or_nothing(pair->new);
	const struct query_row *named = pair->new ? new : old;
	struct fill *fill = pair->new ? new_fill : old_fill;

	shown->old_bytes = old->bytes;
	shown->new_bytes = new->bytes;
	shown->old_count = old->count;
	shown->new_count = new->count;
	shown->frame = fill_frame(fill, named->frame);
	shown->name = fill_name(fill, by, named->frame, named->dag_node);
	shown->node = by == BY_NODE && named->dag_node ? shown->name : NULL;
	if (by == BY_LINE || by == BY_STACK)
		fill_source(fill, &shown->frame);
	if (by == BY_STACK)
		shown->stack = fill_stack(fill, named->stack, &shown->stack_frames);
}

static void fill_rows(struct fill *old_fill, struct fill *new_fill, const struct sides *sides,
		      const struct query_options *options, struct view_diff *view)
{
	size_t shown = options->limit && options->limit < sides->count ? options->limit : sides->count;

	view->rows = fill_array(new_fill, shown, sizeof *view->rows);
	view->row_count = view->rows ? shown : 0;
	view->other_rows = sides->count - shown;
	for (size_t i = 0; i < view->row_count; i++) {
		view->rows[i].rank = i + 1;
		fill_row(old_fill, new_fill, &sides->pairs[i], options->by, &view->rows[i]);
	}
}

static void append(struct fill *fill, const char ***texts, size_t *count, const char **more,
		   size_t more_count)
{
	const char **both = fill_array(fill, *count + more_count + 1, sizeof *both);

	if (!both)
		return;
	if (*count)
		memcpy(both, *texts, *count * sizeof *both);
	if (more_count)
		memcpy(both + *count, more, more_count * sizeof *both);
	*texts = both;
	*count += more_count;
}

static struct view_quality add_quality(struct fill *old_fill, struct fill *new_fill)
{
	struct view_quality old = fill_quality(old_fill), sum = fill_quality(new_fill);

	sum.walks_failed += old.walks_failed;
	sum.walks_truncated += old.walks_truncated;
	sum.stacks_folded += old.stacks_folded;
	sum.events_dropped += old.events_dropped;
	sum.events_before_start += old.events_before_start;
	sum.frees_unknown += old.frees_unknown;
	sum.frees_missed += old.frees_missed;
	sum.guard_healed += old.guard_healed;
	sum.shards_shared += old.shards_shared;
	sum.children_untraced += old.children_untraced;
	sum.growth_failed += old.growth_failed;
	sum.nodes_misused += old.nodes_misused;
	sum.nodes_folded += old.nodes_folded;
	sum.executions_folded += old.executions_folded;
	sum.results_folded += old.results_folded;
	sum.check_stacks += old.check_stacks;
	sum.check_frames_differ += old.check_frames_differ;
	sum.check_ids_differ += old.check_ids_differ;
	sum.pages_damaged += old.pages_damaged;
	sum.modules += old.modules;
	sum.modules_without_debug_info += old.modules_without_debug_info;
	sum.modules_rebuilt += old.modules_rebuilt;
	append(new_fill, &old.notes, &old.note_count, sum.notes, sum.note_count);
	sum.notes = old.notes;
	sum.note_count = old.note_count;
	append(new_fill, &old.plain_modules, &old.plain_module_count, sum.plain_modules,
	       sum.plain_module_count);
	sum.plain_modules = old.plain_modules;
	sum.plain_module_count = old.plain_module_count;
	return sum;
}

static int fill_view(const struct sides *sides, const struct query_options *options,
		     struct view_diff *view, struct error *err)
{
	const struct loaded *old = dataset_loaded(sides->old_data);
	const struct loaded *new = dataset_loaded(sides->new_data);
	struct fill old_fill, new_fill;

	fill_init(&old_fill, old, &view->arena);
	fill_init(&new_fill, new, &view->arena);
	view->old_process = fill_process(&old_fill, &old->process);
	view->new_process = fill_process(&new_fill, &new->process);
	view->old_at = fill_text(&old_fill, sides->old.at);
	view->new_at = fill_text(&new_fill, sides->new.at);
	view->metric = options->metric;
	view->by = options->by;
	view->old_total = sides->old.total;
	view->new_total = sides->new.total;
	view->old_peak_bytes = old->peak_bytes;
	view->new_peak_bytes = new->peak_bytes;
	if (sides->old_data == sides->new_data)
		view->quality = fill_quality(&new_fill);
	else
		view->quality = add_quality(&old_fill, &new_fill);
	fill_rows(&old_fill, &new_fill, sides, options, view);
	fill_release(&old_fill);
	fill_release(&new_fill);
	if (old_fill.failed || new_fill.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the report");
	return 0;
}

static int query_side(struct dataset *data, const char *at, const struct query_options *options,
		      struct groups *groups, struct arena *arena, struct query_result *result,
		      struct error *err)
{
	struct query_options moment = *options;

	moment.at = at;
	return query_run(data, &moment, groups, arena, result, err);
}

static int compare_sides(struct sides *sides, const char *old_at, const char *new_at,
			 const struct query_options *options, struct arena *arena,
			 struct view_diff *view, struct error *err)
{
	bool by_count = options->metric == METRIC_COUNT || options->metric == METRIC_TEMPORARY;
	struct groups groups;
	int status;

	groups_init(&groups);
	groups.short_paths = options->short_paths;
	status = query_side(sides->old_data, old_at, options, &groups, arena, &sides->old, err);
	if (!status)
		status = query_side(sides->new_data, new_at, options, &groups, arena, &sides->new,
				    err);
	if (!status && match(sides, groups_count(&groups), arena))
		status = error_set(err, ERROR_NO_MEMORY, "no memory for the comparison");
	if (!status) {
		qsort_r(sides->pairs, sides->count, sizeof *sides->pairs, compare_pairs, &by_count);
		status = fill_view(sides, options, view, err);
	}
	groups_release(&groups);
	return status;
}

int diff_datasets(struct dataset *old_data, const char *old_at, struct dataset *new_data,
		  const char *new_at, const struct query_options *options, struct view_diff *view,
		  struct error *err)
{
	struct sides sides = { .old_data = old_data, .new_data = new_data };
	struct view_diff filled = { .arena = ARENA_INIT };
	struct arena arena = ARENA_INIT;
	int status = compare_sides(&sides, old_at, new_at, options, &arena, &filled, err);

	if (!status)
		*view = filled;
	else
		view_diff_free(&filled);
	arena_release(&arena);
	return status;
}

static int open_spec(const char *text, const struct dataset_options *options, struct arena *arena,
		     struct dataset **data, const char **at, struct error *err)
{
	struct profile_spec spec;
	int status = profile_spec_split(&spec, text, arena, err);

	*at = status ? NULL : spec.label;
	return status ? status : dataset_open(data, spec.path, options, err);
}

int diff_profiles(const char *old_spec, const char *new_spec, const struct query_options *options,
		  const struct dataset_options *open_options, struct view_diff *view,
		  struct error *err)
{
	struct dataset *old_data = NULL, *new_data = NULL;
	const char *old_at, *new_at;
	struct arena arena = ARENA_INIT;
	int status = open_spec(old_spec, open_options, &arena, &old_data, &old_at, err);

	if (!status)
		status = open_spec(new_spec, open_options, &arena, &new_data, &new_at, err);
	if (!status)
		status = diff_datasets(old_data, old_at, new_data, new_at, options, view, err);
	dataset_free(old_data);
	dataset_free(new_data);
	arena_release(&arena);
	return status;
}
