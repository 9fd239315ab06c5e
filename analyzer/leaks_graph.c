#include "analyzer/leaks_parts.h"

#include "analyzer/heap_graph.h"
#include "analyzer/import_graph.h"

static uint32_t account_limit(const struct loaded *loaded)
{
	return loaded->account_count ? loaded->accounts[loaded->account_count - 1].id + 1 : 1;
}

/* A store in a file was opened for reading alone. */
static int put_graph(struct leaks_finder *finder, const struct heap_graph *graph)
{
	const char *path = dataset_store_path(finder->data);
	struct store own = { NULL };
	int code = path ? store_open_writable(&own, path, finder->err) : 0;

	if (code == 0)
		code = import_graph(path ? &own : dataset_store(finder->data), graph, finder->check->id,
				    finder->err);
	store_close(&own);
	return code;
}

static int sum_graph(struct leaks_finder *finder, const struct heap_graph *graph)
{
	uint32_t accounts = account_limit(finder->loaded);

	finder->retained = arena_alloc_array(&finder->arena, (size_t)accounts * HEAP_VERDICTS,
					     sizeof *finder->retained);
	if (!finder->retained)
		return leaks_no_memory(finder);
	return heap_graph_sums(graph, accounts, finder->retained, finder->err);
}

int leaks_use_graph(struct leaks_finder *finder)
{
	struct heap_graph graph = HEAP_GRAPH_INIT;
	const struct view_process *process = &finder->loaded->process;
	int code;

	if (!finder->check || !(finder->options->retained || finder->options->heap_graph))
		return 0;
	code = heap_graph_read(&graph, process->profile_path, finder->check->id, process->pid,
			       account_limit(finder->loaded), finder->err);
	if (code == 0)
		code = heap_graph_solve(&graph, finder->err);
	if (code == 0)
		code = sum_graph(finder, &graph);
	if (code == 0 && finder->options->heap_graph)
		code = put_graph(finder, &graph);
	heap_graph_release(&graph);
	return code;
}

/*
 * The graph knows no holders: where rows of one account and verdict have
 * several, the first of them, the largest, has what all retain.
 */
uint64_t leaks_retained_of(struct leaks_finder *finder, const struct leaks_entry *entry)
{
	const struct leak_record *record = entry->record;
	uint64_t index = (uint64_t)record->account->id * HEAP_VERDICTS + record->verdict + 1;
	uint32_t fresh = (uint32_t)finder->retained_shown.count;

	if (!finder->retained || finder->options->by != LEAKS_BY_SITE ||
	    map_add(&finder->retained_shown, (struct map_key){ 0, index }, fresh) != fresh)
		return record->verdict == LEAK_DEFINITE ? entry->bytes + entry->indirect_bytes
							: VIEW_NOT_KNOWN;
	return finder->retained[index];
}
