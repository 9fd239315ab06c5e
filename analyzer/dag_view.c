#include "analyzer/dag_view.h"

#include <stdlib.h>

#include "analyzer/dag_growth.h"
#include "analyzer/dag_parts.h"
#include "analyzer/dag_processes.h"
#include "analyzer/dataset.h"
#include "analyzer/whatif.h"
#include "analyzer/whatif_orders.h"
#include "base/error.h"

enum { SAVINGS_TRIED = 64, SAVINGS_SHOWN = 10 };

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the DAG");
}

/* --- What freeing earlier would save ------------------------------------------------------ */

struct candidate { uint32_t node; uint64_t bytes; };

static int by_bytes(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return (x->node > y->node) - (x->node < y->node);
}

/* Of the node's results, who read the last one. */
static uint32_t last_reader(const struct dag_parts *parts, uint32_t id)
{
	const struct dag_model *model = parts->model;
	uint32_t reader = 0;

	for (size_t i = 0; i < model->result_count; i++)
		if (model->results[i].node == id && model->results[i].last_consumer)
			reader = model->results[i].last_consumer;
	return dag_parts_node(parts, reader);
}

static int by_saved(const void *a, const void *b)
{
	const struct view_dag_saving *x = a, *y = b;

	if (x->peak_bytes != y->peak_bytes)
		return x->peak_bytes < y->peak_bytes ? -1 : 1;
	return y->bytes > x->bytes ? 1 : -(y->bytes < x->bytes);
}

static int try_savings(struct dag_parts *parts, const struct whatif *whatif,
		       const struct candidate *candidates, size_t count)
{
	struct view_dag_what_if *view = &parts->view->what_if;

	view->savings = fill_array(parts->fill, SAVINGS_TRIED, sizeof *view->savings);
	for (size_t i = 0; view->savings && i < count && i < SAVINGS_TRIED; i++) {
		struct view_dag_saving *saving = &view->savings[view->saving_count];

		if (whatif_without(whatif, candidates[i].node, &saving->peak_bytes))
			return -1;
		saving->node = dag_parts_node(parts, candidates[i].node);
		saving->after = last_reader(parts, candidates[i].node);
		saving->bytes = candidates[i].bytes;
		saving->share = view->measured_bytes && saving->peak_bytes < view->measured_bytes
			? 1 - (double)saving->peak_bytes / (double)view->measured_bytes : 0;
		view->saving_count += saving->node != VIEW_NO_NODE && saving->share > 0;
	}
	if (view->savings && view->saving_count)
		qsort(view->savings, view->saving_count, sizeof *view->savings, by_saved);
	if (view->saving_count > SAVINGS_SHOWN)
		view->saving_count = SAVINGS_SHOWN;
	return 0;
}

static void fill_idle(struct dag_parts *parts, const struct candidate *candidates, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t node = dag_parts_node(parts, candidates[i].node);

		if (node != VIEW_NO_NODE)
			parts->view->nodes[node].idle_at_peak_bytes += candidates[i].bytes;
	}
}

/* Only what is held at the highest moment can lower it. */
static int find_savings(struct dag_parts *parts, const struct whatif *whatif)
{
	uint32_t limit = parts->model->node_limit;
	uint64_t *bytes = calloc(limit, sizeof *bytes);
	struct candidate *candidates = calloc((size_t)limit + 1, sizeof *candidates);
	size_t count = 0;
	int result = -1;

	if (bytes && candidates) {
		whatif_held(whatif, bytes, limit);
		for (uint32_t id = 1; id < limit; id++)
			if (bytes[id])
				candidates[count++] = (struct candidate){ id, bytes[id] };
		qsort(candidates, count, sizeof *candidates, by_bytes);
		fill_idle(parts, candidates, count);
		result = try_savings(parts, whatif, candidates, count);
	}
	free(bytes);
	free(candidates);
	return result;
}

static int fill_what_if(struct dag_parts *parts, struct arena *arena, struct error *err)
{
	struct view_dag_what_if *view = &parts->view->what_if;
	struct whatif whatif;

	*view = (struct view_dag_what_if){
		.measured_bytes = parts->model->loaded->peak_bytes,
		.peak_bytes = parts->model->loaded->peak_bytes,
		.lower_bound_bytes = VIEW_NOT_KNOWN,
		.executions = parts->view->executions_ended,
		.executions_known = parts->model->rows->execution_count,
	};
	if (whatif_make(&whatif, parts->model, arena))
		return no_memory(err);
	if (!whatif.moment_count || !parts->model->result_count)
		return 0;
	view->known = true;
	view->exact = whatif.exact;
	/* The measured peak is that since the program let it start anew; executions go back further. */
	if (whatif.peak_bytes < view->measured_bytes)
		view->peak_bytes = whatif.peak_bytes;
	view->held_bytes = whatif.held_bytes;
	if (find_savings(parts, &whatif))
		return no_memory(err);
	return whatif_orders(&whatif, parts->model, parts->fill->arena, view, err);
}

/* --- The rest ------------------------------------------------------------------------------- */

static void fill_misuses(struct dag_parts *parts)
{
	const struct loaded_dag *rows = parts->model->rows;
	struct view_dag *view = parts->view;

	view->misuses = fill_array(parts->fill, rows->misuse_count, sizeof *view->misuses);
	for (size_t i = 0; view->misuses && i < rows->misuse_count; i++) {
		uint32_t node = dag_parts_node(parts, rows->misuses[i].node);

		view->misuses[view->misuse_count++] = (struct view_dag_misuse){
			fill_text(parts->fill, rows->misuses[i].what),
			node == VIEW_NO_NODE ? NULL : view->nodes[node].name,
		};
	}
}

static int fill_view(struct dataset *data, struct dag_parts *parts, uint32_t *node_of_id,
		     struct arena *arena, struct error *err)
{
	const struct loaded *loaded = parts->model->loaded;
	struct view_dag *view = parts->view;

	view->process = fill_process(parts->fill, &loaded->process);
	view->quality = fill_quality(parts->fill);
	view->peak_bytes = loaded->peak_bytes;
	view->peak_bound_bytes = loaded->peak_bound_bytes;
	view->peak_time_ns = loaded->peak_time_ns;
	view->duration_ns = loaded->process.duration_ns;
	dag_nodes_fill(parts, node_of_id);
	if (parts->fill->failed)
		return no_memory(err);
	dag_edges_fill(parts);
	dag_runs_fill(parts);
	dag_results_fill(parts);
	fill_misuses(parts);
	if (parts->fill->failed)
		return no_memory(err);
	if (fill_what_if(parts, arena, err) ||
	    dag_processes_fill(parts, arena, err) ||
	    dag_growth_find(parts->model, dataset_store(data), node_of_id, parts->fill, view, err))
		return err->code;
	dag_findings_fill(parts);
	return parts->fill->failed ? no_memory(err) : 0;
}

static int make_view(struct dataset *data, struct arena *arena, struct view_dag *view,
		     struct error *err)
{
	struct loaded_dag rows;
	struct dag_model model;
	uint32_t *node_of_id;
	struct fill fill;
	int code;

	if (load_dag(dataset_store(data), arena, &rows, err) != 0)
		return err->code;
	if (dag_model_make(&model, dataset_loaded(data), &rows, arena))
		return no_memory(err);
	node_of_id = arena_alloc_array(arena, model.node_limit, sizeof *node_of_id);
	if (!node_of_id)
		return no_memory(err);
	fill_init(&fill, dataset_loaded(data), &view->arena);
	struct dag_parts parts = { &model, node_of_id, &fill, view };

	code = fill_view(data, &parts, node_of_id, arena, err);
	fill_release(&fill);
	return code;
}

int dag_view_read(struct dataset *data, struct view_dag *view, struct error *err)
{
	struct view_dag filled = { .arena = ARENA_INIT };
	struct arena arena = ARENA_INIT;
	int code = make_view(data, &arena, &filled, err);

	if (code == 0)
		*view = filled;
	else
		view_dag_free(&filled);
	arena_release(&arena);
	return code;
}
