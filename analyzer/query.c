#include "analyzer/query.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/attribute.h"
#include "analyzer/dataset.h"
#include "analyzer/filter.h"
#include "analyzer/group.h"
#include "analyzer/load.h"
#include "analyzer/moment.h"
#include "base/error.h"
#include "profile/layout.h"

/* One number for each node, or for each symbol; freed together. */
struct tables {
	uint32_t *owners;       /* by node */
	uint32_t *group;        /* by symbol, or by node for BY_STACK; NULL for BY_NODE */
	bool *wanted;           /* by node */
	uint32_t *row_of;       /* by group: row + 1 */
};

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the query");
}

bool query_wants_node(const struct query_options *options, const struct loaded *loaded, uint32_t id)
{
	const char *name = id ? load_dag_node_name(loaded, id) : VIEW_OUTSIDE_NODES;

	return !options->node || (name && strcmp(name, options->node) == 0);
}

/* A pool's blocks lie inside heap blocks: counted there. */
static bool is_asked_for(const struct account_row *row, const struct query_options *options,
			 const struct loaded *loaded)
{
	uint32_t kind = options->metric == METRIC_MAPPED ? ACCOUNT_MAPPING
		      : options->metric == METRIC_POOL ? ACCOUNT_POOL : ACCOUNT_HEAP;

	return row->kind == kind && query_wants_node(options, loaded, row->dag_node);
}

static uint32_t number_of_node(struct groups *groups, const struct loaded *loaded, uint32_t id)
{
	return group_of_dag_node(groups, load_dag_node_name(loaded, id), id);
}

static uint32_t group_of(const struct account_row *row, const struct query_options *options,
			 const struct loaded *loaded, const struct tables *tables,
			 struct groups *groups)
{
	switch (options->by) {
	case BY_NODE:
		return number_of_node(groups, loaded, row->dag_node);
	case BY_STACK:
		return tables->group[row->node];
	default:
		return tables->group[tables->owners[row->node]];
	}
}

static void add(struct view_total *total, const struct view_total *value)
{
	total->bytes += value->bytes;
	total->count += value->count;
	total->usable_bytes += value->usable_bytes;
}

static struct query_row *row_for(struct query_result *result, struct tables *tables, uint32_t group,
				 const struct account_row *account)
{
	if (!tables->row_of[group]) {
		result->rows[result->count++] = (struct query_row){
			.group = group, .frame = tables->owners[account->node],
			.stack = account->node, .dag_node = account->dag_node,
		};
		tables->row_of[group] = (uint32_t)result->count;
	}
	return &result->rows[tables->row_of[group] - 1];
}

static void sum_up(const struct moment *moment, const struct query_options *options,
		   const struct loaded *loaded, struct tables *tables, struct groups *groups,
		   struct query_result *result)
{
	for (size_t i = 0; i < moment->count; i++) {
		const struct account_row *account = &moment->rows[i];
		struct view_total value = moment_value(moment, account, options->metric);

		if (!(value.bytes | value.count) || !is_asked_for(account, options, loaded) ||
		    !tables->wanted[account->node])
			continue;
		struct query_row *row = row_for(result, tables,
						group_of(account, options, loaded, tables, groups),
						account);

		row->bytes += value.bytes;
		row->count += value.count;
		row->usable_bytes += value.usable_bytes;
		add(&result->total, &value);
	}
}

/* The numbers of all DAG nodes first, so that groups_count() is final. */
static int number_dag_nodes(const struct loaded *loaded, const struct moment *moment,
			    struct groups *groups)
{
	for (size_t i = 0; i < moment->count; i++)
		if (number_of_node(groups, loaded, moment->rows[i].dag_node) == MAP_NONE)
			return -1;
	return 0;
}

static int number_groups(const struct loaded *loaded, const struct moment *moment,
			 enum grouping by, struct tables *tables, struct groups *groups)
{
	const struct call_frames *frames = &loaded->frames;

	if (by == BY_NODE)
		return number_dag_nodes(loaded, moment, groups);
	size_t count = by == BY_STACK ? frames->node_count : frames->symbol_count;

	tables->group = calloc(count + 1, sizeof *tables->group);
	if (!tables->group)
		return -1;
	if (by == BY_STACK)
		return groups_of_stacks(groups, frames, tables->group);
	return groups_of_symbols(groups, frames, by, tables->group);
}

static int fill_tables(const struct loaded *loaded, const struct moment *moment,
		       const struct query_options *options, struct tables *tables,
		       struct groups *groups)
{
	const struct call_frames *frames = &loaded->frames;

	tables->owners = calloc(frames->node_count + 1, sizeof *tables->owners);
	tables->wanted = calloc(frames->node_count + 1, sizeof *tables->wanted);
	if (!tables->owners || !tables->wanted ||
	    attribute_owners(frames, &options->skip, options->leaf, tables->owners) ||
	    filter_stacks(frames, options, tables->owners, tables->wanted) ||
	    number_groups(loaded, moment, options->by, tables, groups))
		return -1;
	tables->row_of = calloc(groups_count(groups) + 1, sizeof *tables->row_of);
	return tables->row_of ? 0 : -1;
}

static bool has_node(const struct loaded *loaded, const char *name)
{
	for (size_t i = 0; i < loaded->dag_node_count; i++)
		if (loaded->dag_nodes[i].name && strcmp(loaded->dag_nodes[i].name, name) == 0)
			return true;
	return strcmp(name, VIEW_OUTSIDE_NODES) == 0;
}

int query_check_node(const struct query_options *options, const struct loaded *loaded,
		     struct error *err)
{
	if (!options->node || has_node(loaded, options->node))
		return 0;
	return error_set(err, ERROR_NOT_FOUND, "no node '%s' in %s", options->node,
			 loaded->process.profile_path);
}

int query_run(struct dataset *data, const struct query_options *options, struct groups *groups,
	      struct arena *arena, struct query_result *result, struct error *err)
{
	const struct loaded *loaded = dataset_loaded(data);
	struct query_result sums = { .count = 0 };
	struct tables tables = { NULL, NULL, NULL, NULL };
	struct moment moment = { .name = NULL };
	int status = moment_find(data, options->at, options->metric, arena, &moment, err);

	if (status)
		return status;
	status = query_check_node(options, loaded, err);
	if (status)
		return status;
	sums.at = moment.name;
	sums.rows = arena_alloc_array(arena, moment.count + 1, sizeof *sums.rows);
	if (sums.rows && !fill_tables(loaded, &moment, options, &tables, groups)) {
		sum_up(&moment, options, loaded, &tables, groups, &sums);
		*result = sums;
	} else {
		status = no_memory(err);
	}
	free(tables.owners);
	free(tables.group);
	free(tables.wanted);
	free(tables.row_of);
	return status;
}
