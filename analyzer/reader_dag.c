#include "analyzer/reader_parts.h"

#include <string.h>

#include "base/error.h"

union dag_copy {
	struct dag_sums sums[DAG_SUMS_PER_PAGE];
	struct dag_execution executions[EXECUTIONS_PER_PAGE];
	struct dag_result results[RESULTS_PER_PAGE];
	struct dag_run runs[RUNS_PER_PAGE];
	struct dag_run_count counts[RUN_COUNTS_PER_PAGE];
	struct shard_page shard;
	char bytes[PAGE_BYTES];
};

struct parts {
	struct page_index *index;
	struct arena *arena;
	struct profile_data *data;
	struct error *err;
};

static bool is_node(const struct profile_data *data, uint32_t node)
{
	return node && node < data->dag_node_count;
}

static bool is_time(uint64_t ns)
{
	return ns <= INT64_MAX;
}

/* Copy each page of `kind` and show it to `read`, with room for what all of them can hold. */
static int each_page(struct parts *parts, enum page_kind kind, size_t per_page, size_t item_bytes,
		     void *items, void (*read)(struct parts *, const struct indexed_page *,
					       const union dag_copy *))
{
	struct page_run run = page_index_kind(parts->index, kind);
	void *room = arena_alloc_array(parts->arena, run.count * per_page + 1, item_bytes);
	union dag_copy copy;

	if (!room)
		return reader_no_memory(parts->err);
	memcpy(items, &room, sizeof room);
	for (size_t i = 0; i < run.count; i++)
		if (page_index_copy(parts->index, &run.first[i], &copy))
			read(parts, &run.first[i], &copy);
	return 0;
}

/* --- Sums and what runs ------------------------------------------------------------- */

static void raise_to(uint64_t *most, uint64_t value)
{
	if (value > *most && is_time(value))
		*most = value;
}

static void add_sums(struct dag_sums *sum, const struct dag_sums *part)
{
	sum->executions += part->executions;
	sum->failed += part->failed;
	sum->busy_ns += part->busy_ns;
	sum->allocated_bytes += part->allocated_bytes;
	sum->retained_bytes = (int64_t)((uint64_t)sum->retained_bytes + (uint64_t)part->retained_bytes);
	raise_to(&sum->transient_bytes, part->transient_bytes);
	raise_to(&sum->helper_bytes, part->helper_bytes);
	raise_to(&sum->last_end_ns, part->last_end_ns);
}

static void read_sums(struct parts *parts, const struct indexed_page *page,
		      const union dag_copy *copy)
{
	for (uint32_t i = 0; i < DAG_SUMS_PER_PAGE; i++) {
		uint64_t node = (uint64_t)page->index * DAG_SUMS_PER_PAGE + i;

		if (node && node < parts->data->dag_node_count)
			add_sums(&parts->data->dag_nodes[node].sums, &copy->sums[i]);
	}
}

static void read_turn(struct parts *parts, const struct indexed_page *page,
		      const union dag_copy *copy)
{
	struct profile_data *data = parts->data;

	if (is_node(data, copy->shard.dag_node) && is_time(copy->shard.dag_begin_ns))
		data->turns[data->turn_count++] = (struct reader_turn){
			page->owner, copy->shard.dag_node, copy->shard.dag_begin_ns,
		};
}

/* --- Executions, results, runs ------------------------------------------------------- */

static bool is_sound(const struct profile_data *data, const struct dag_execution *execution)
{
	return is_node(data, execution->dag_node) && is_time(execution->end_ns) &&
	       execution->begin_ns <= execution->end_ns && is_time(execution->heap_bytes) &&
	       is_time(execution->transient_bytes) && is_time(execution->allocated_bytes);
}

static void read_executions(struct parts *parts, const struct indexed_page *page,
			    const union dag_copy *copy)
{
	struct profile_data *data = parts->data;

	for (uint32_t i = 0; i < EXECUTIONS_PER_PAGE; i++)
		if (is_sound(data, &copy->executions[i]))
			data->executions[data->execution_count++] = (struct reader_execution){
				page->owner, copy->executions[i]
			};
}

static bool is_sound_result(const struct profile_data *data, const struct dag_result *result)
{
	return is_node(data, result->dag_node) && !(result->sequence & 1) &&
	       is_time(result->bytes) && is_time(result->produced_ns) && result->produced_ns &&
	       is_time(result->released_ns) && is_time(result->freed_ns) &&
	       is_time(result->execution_ns) &&
	       (!result->freed_ns || result->freed_ns >= result->produced_ns);
}

static void read_results(struct parts *parts, const struct indexed_page *page,
			 const union dag_copy *copy)
{
	struct profile_data *data = parts->data;

	(void)page;
	for (uint32_t i = 0; i < RESULTS_PER_PAGE; i++) {
		struct dag_result *result = &data->results[data->result_count];

		*result = copy->results[i];
		if (!is_sound_result(data, result))
			continue;
		if (!is_node(data, result->freed_by))
			result->freed_by = 0;
		data->result_count++;
	}
}

static void read_runs(struct parts *parts, const struct indexed_page *page,
		      const union dag_copy *copy)
{
	struct profile_data *data = parts->data;

	(void)page;
	for (uint32_t i = 0; i < RUNS_PER_PAGE; i++) {
		struct dag_run *run = &data->runs[data->run_count];

		*run = copy->runs[i];
		run->name[sizeof run->name - 1] = '\0';
		if (run->number && is_time(run->begin_ns) && is_time(run->end_ns) &&
		    is_time(run->heap_bytes) && is_time(run->iteration))
			data->run_count++;
	}
}

static void read_counts(struct parts *parts, const struct indexed_page *page,
			const union dag_copy *copy)
{
	struct profile_data *data = parts->data;

	for (uint32_t i = 0; i < RUN_COUNTS_PER_PAGE; i++)
		if (is_node(data, copy->counts[i].dag_node) && is_time(copy->counts[i].executions))
			data->run_counts[data->run_count_count++] = (struct reader_run_count){
				page->owner, copy->counts[i]
			};
}

int reader_dag(struct page_index *index, struct arena *arena, struct profile_data *data,
	       struct error *err)
{
	struct parts parts = { index, arena, data, err };
	void *unused;

	if (each_page(&parts, PAGE_DAG_SUMS, 0, 1, &unused, read_sums) ||
	    each_page(&parts, PAGE_SHARD, 1, sizeof *data->turns, &data->turns, read_turn) ||
	    each_page(&parts, PAGE_EXECUTIONS, EXECUTIONS_PER_PAGE, sizeof *data->executions,
		      &data->executions, read_executions) ||
	    each_page(&parts, PAGE_RESULTS, RESULTS_PER_PAGE, sizeof *data->results,
		      &data->results, read_results) ||
	    each_page(&parts, PAGE_RUNS, RUNS_PER_PAGE, sizeof *data->runs, &data->runs, read_runs) ||
	    each_page(&parts, PAGE_RUN_COUNTS, RUN_COUNTS_PER_PAGE, sizeof *data->run_counts,
		      &data->run_counts, read_counts))
		return err->code;
	return 0;
}
