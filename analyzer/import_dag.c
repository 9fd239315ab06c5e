#include "analyzer/import_dag.h"

#include <stdlib.h>

#include "analyzer/import.h"
#include "base/error.h"

static void time_or_null(struct store_rows *rows, const struct profile_data *data, uint64_t ns)
{
	if (ns)
		store_number(rows, import_time(data, ns));
	else
		store_null(rows);
}

static bool is_told(const struct reader_dag_node *node)
{
	const struct dag_sums *sums = &node->sums;

	return node->requested || sums->executions || sums->allocated_bytes || sums->helper_bytes ||
	       sums->retained_bytes;
}

static int import_sums(struct store *store, const struct profile_data *data, struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "dag_sum", 11, err);
	for (uint32_t id = 1; id < data->dag_node_count; id++) {
		const struct reader_dag_node *node = &data->dag_nodes[id];

		if (!is_told(node))
			continue;
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, id);
		store_number(&rows, node->requested);
		store_number(&rows, node->sums.executions);
		store_number(&rows, node->sums.failed);
		store_number(&rows, node->sums.busy_ns);
		store_number(&rows, node->sums.allocated_bytes);
		store_number(&rows, (uint64_t)node->sums.retained_bytes);
		store_number(&rows, node->sums.transient_bytes);
		store_number(&rows, node->sums.helper_bytes);
		store_number(&rows, import_time(data, node->sums.last_end_ns));
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static void put_run(struct store_rows *rows, const struct profile_data *data,
		    const struct dag_run *run)
{
	store_number(rows, IMPORT_PROFILE_ID);
	store_number(rows, run->number);
	store_text(rows, run->name[0] ? run->name : NULL);
	store_number(rows, run->iteration);
	if (run->end_ns)
		store_number(rows, (uint64_t)(int64_t)run->status);
	else
		store_null(rows);
	store_number(rows, import_time(data, run->begin_ns));
	time_or_null(rows, data, run->end_ns);
	if (run->end_ns)
		store_number(rows, run->heap_bytes);
	else
		store_null(rows);
	if (run->snapshot)
		store_number(rows, run->snapshot - 1);
	else
		store_null(rows);
	store_row(rows);
}

static int import_runs(struct store *store, const struct profile_data *data, struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "dag_run", 9, err);
	for (size_t i = 0; i < data->run_count; i++)
		put_run(&rows, data, &data->runs[i]);
	return store_rows_close(&rows);
}

static int import_counts(struct store *store, const struct profile_data *data, struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "dag_count", 4, err);
	for (size_t i = 0; i < data->run_count_count; i++) {
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, data->run_counts[i].snapshot);
		store_number(&rows, data->run_counts[i].count.dag_node);
		store_number(&rows, data->run_counts[i].count.executions);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static int by_begin(const void *a, const void *b)
{
	const struct reader_execution *x = a, *y = b;
	uint64_t left = x->execution.begin_ns, right = y->execution.begin_ns;

	if (left == right)      /* the outer one of two first */
		return (x->execution.end_ns < y->execution.end_ns) -
		       (x->execution.end_ns > y->execution.end_ns);
	return left < right ? -1 : 1;
}

static void put_execution(struct store_rows *rows, const struct profile_data *data, size_t id)
{
	const struct dag_execution *execution = &data->executions[id].execution;

	store_number(rows, IMPORT_PROFILE_ID);
	store_number(rows, id);
	store_number(rows, execution->dag_node);
	store_number(rows, execution->run);
	store_number(rows, data->executions[id].shard);
	store_number(rows, (uint64_t)(int64_t)execution->status);
	store_number(rows, (execution->flags & EXECUTION_HELPER) != 0);
	store_number(rows, (execution->flags & EXECUTION_NESTED) != 0);
	store_number(rows, (execution->flags & EXECUTION_CUT) != 0);
	store_number(rows, import_time(data, execution->begin_ns));
	store_number(rows, import_time(data, execution->end_ns));
	store_number(rows, execution->heap_bytes);
	store_number(rows, execution->transient_bytes);
	store_number(rows, execution->allocated_bytes);
	store_number(rows, (uint64_t)execution->retained_bytes);
	store_row(rows);
}

static int import_executions(struct store *store, const struct profile_data *data,
			     struct error *err)
{
	struct store_rows rows;

	if (data->execution_count)
		qsort(data->executions, data->execution_count, sizeof *data->executions, by_begin);
	store_rows_open(&rows, store, "dag_execution", 15, err);
	for (size_t i = 0; i < data->execution_count; i++)
		put_execution(&rows, data, i);
	return store_rows_close(&rows);
}

static int import_turns(struct store *store, const struct profile_data *data, struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "dag_turn", 4, err);
	for (size_t i = 0; i < data->turn_count; i++) {
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, data->turns[i].shard);
		store_number(&rows, data->turns[i].dag_node);
		store_number(&rows, import_time(data, data->turns[i].begin_ns));
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

static void put_result(struct store_rows *rows, const struct profile_data *data, size_t id)
{
	const struct dag_result *result = &data->results[id];

	store_number(rows, IMPORT_PROFILE_ID);
	store_number(rows, id);
	store_number(rows, result->dag_node);
	store_number(rows, result->run);
	time_or_null(rows, data, result->execution_ns);
	store_number(rows, result->bytes);
	store_number(rows, (result->flags & (RESULT_BLOCK | RESULT_POOL)) != 0);
	store_number(rows, (result->flags & RESULT_OUTPUT) != 0 ||
		     data->dag_nodes[result->dag_node].requested);
	store_number(rows, (result->flags & RESULT_TAKEN) != 0);
	store_number(rows, import_time(data, result->produced_ns));
	time_or_null(rows, data, result->released_ns);
	time_or_null(rows, data, result->freed_ns);
	if (result->freed_ns)
		store_number(rows, result->freed_by);
	else
		store_null(rows);
	store_row(rows);
}

static int import_results(struct store *store, const struct profile_data *data, struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "dag_result", 13, err);
	for (size_t i = 0; i < data->result_count; i++)
		put_result(&rows, data, i);
	return store_rows_close(&rows);
}

static const char *const MISUSE_TEXTS[MISUSES] = {
	[MISUSE_UNKNOWN_NODE] = "a node that was never declared",
	[MISUSE_DEPENDENCY] = "declared with a dependency that was not declared before",
	[MISUSE_END_WITHOUT_BEGIN] = "ended, but the thread had not begun it",
	[MISUSE_ENDED_WITH_OUTER] = "not ended before the node around it",
	[MISUSE_TOO_DEEP] = "more nodes inside each other than are followed",
	[MISUSE_PRODUCED_TWICE] = "the same result produced twice",
	[MISUSE_NOT_PRODUCED] = "a result released that was not produced, or freed before",
	[MISUSE_RELEASED_TWICE] = "a result released twice",
	[MISUSE_UNKNOWN_RUN] = "a run ended that was not going on",
	[MISUSE_UNKNOWN_POOL] = "a pool that was never created",
	[MISUSE_UNKNOWN_POOL_BLOCK] = "freed in a pool, but not allocated there",
	[MISUSE_POOL_BLOCK_TWICE] = "allocated in a pool without a free before",
	[MISUSE_IN_HANDLER] = "called by a signal handler that interrupted the tracer",
};

static int import_misuses(struct store *store, const struct profile_data *data, struct error *err)
{
	struct store_rows rows;

	store_rows_open(&rows, store, "dag_misuse", 4, err);
	for (size_t i = 0; i < data->misuse_count; i++) {
		const char *text = MISUSE_TEXTS[data->misuses[i].kind];

		if (!text)
			continue;
		store_number(&rows, IMPORT_PROFILE_ID);
		store_number(&rows, i);
		store_text(&rows, text);
		store_number(&rows, data->misuses[i].dag_node);
		store_row(&rows);
	}
	return store_rows_close(&rows);
}

int import_dag(struct store *store, const struct profile_data *data, struct error *err)
{
	if (import_sums(store, data, err) ||
	    import_runs(store, data, err) ||
	    import_counts(store, data, err) ||
	    import_executions(store, data, err) ||
	    import_turns(store, data, err) ||
	    import_results(store, data, err) ||
	    import_misuses(store, data, err))
		return err->code;
	return 0;
}
