#include "analyzer/leaks_parts.h"

#include "analyzer/graph_holders.h"
#include "analyzer/heap_graph_file.h"
#include "analyzer/import_graph.h"
#include "profile/leak_layout.h"

static uint32_t account_limit(const struct loaded *loaded)
{
	return loaded->account_count ? loaded->accounts[loaded->account_count - 1].id + 1 : 1;
}

/* A store in a file was opened for reading alone. */
static int put_graph(struct leaks_finder *finder, const struct heap_graph *graph,
		     const struct graph_holders *holders)
{
	const char *path = dataset_store_path(finder->data);
	struct store own = { NULL };
	int code = path ? store_open_writable(&own, path, finder->err) : 0;

	if (code == 0)
		code = import_graph(path ? &own : dataset_store(finder->data), graph, holders,
				    finder->check->id, finder->err);
	store_close(&own);
	return code;
}

static int sum_rows(struct leaks_finder *finder, const struct heap_graph *graph)
{
	uint64_t *retained = arena_alloc_array(&finder->arena, finder->entry_count + 1, sizeof *retained);

	if (!retained)
		return leaks_no_memory(finder);
	if (heap_graph_sums(graph, finder->entry_of_row, finder->row_limit, (uint32_t)finder->entry_count,
			    retained, finder->err))
		return finder->err->code;
	for (size_t i = 0; i < finder->entry_count; i++)
		finder->entries[i].retained_bytes = retained[i];
	return 0;
}

/* A holder may have several rows, possible and suppressed ones: the largest reachable one has the number. */
struct largest {
	struct map by_name;             /* texts of a view are there once: by their address */
	struct leaks_entry **entry;
};

static bool is_larger(const struct leaks_entry *entry, const struct leaks_entry *other)
{
	if (entry->record->verdict != other->record->verdict)
		return entry->record->verdict > other->record->verdict;
	return entry->bytes > other->bytes;
}

static int find_largest(struct leaks_finder *finder, struct largest *largest)
{
	largest->entry = arena_alloc_array(&finder->arena, finder->entry_count + 1,
					   sizeof(struct leaks_entry *));  /* NOLINT(bugprone-sizeof-expression) */
	if (!largest->entry)
		return leaks_no_memory(finder);
	for (size_t i = 0; i < finder->entry_count; i++) {
		struct leaks_entry *entry = &finder->entries[i];
		struct map_key key = { 0, (uintptr_t)entry->held_by.text };
		uint32_t number = map_add(&largest->by_name, key, (uint32_t)largest->by_name.count);

		if (number == MAP_NONE)
			return leaks_no_memory(finder);
		if (!largest->entry[number] || is_larger(entry, largest->entry[number]))
			largest->entry[number] = entry;
	}
	return 0;
}

static void sum_holders(const struct heap_graph *graph, const struct graph_holders *holders,
			const struct largest *largest)
{
	for (size_t i = 0; i < largest->by_name.count; i++)
		if (LEAKS_HELD >> largest->entry[i]->record->verdict & 1)
			largest->entry[i]->retained_bytes = largest->entry[i]->retained_blocks = 0;
	for (uint32_t h = 0; h < holders->count; h++) {
		struct map_key key = { 0, (uintptr_t)holders->items[h].held_by.text };
		uint32_t number = map_get(&largest->by_name, key);

		if (number == MAP_NONE)
			continue;
		largest->entry[number]->retained_bytes = graph->retained[graph->block_count + h];
		largest->entry[number]->retained_blocks = graph->kept_blocks[h];
	}
}

static int find_sums(struct leaks_finder *finder, const struct heap_graph *graph,
		     const struct graph_holders *holders)
{
	struct largest largest = { .by_name = MAP_INIT };
	int code;

	if (finder->options->by != LEAKS_BY_HOLDER)
		return sum_rows(finder, graph);
	code = find_largest(finder, &largest);
	if (code == 0)
		sum_holders(graph, holders, &largest);
	map_release(&largest.by_name);
	return code;
}

static int find_holders(struct leaks_finder *finder, const struct heap_graph *graph,
			struct graph_holders *holders)
{
	if (finder->options->by != LEAKS_BY_HOLDER && !finder->options->heap_graph)
		return graph_holders_anyone(holders, graph, finder->err);
	return graph_holders_find(holders, graph, dataset_store(finder->data), &finder->fill,
				  finder->owners, finder->options->debuginfod, finder->err);
}

static int solve(struct leaks_finder *finder, struct heap_graph *graph, struct graph_holders *holders)
{
	int code = find_holders(finder, graph, holders);

	if (code == 0)
		code = heap_graph_solve(graph, holders->of_root, holders->count, finder->err);
	if (code == 0)
		code = find_sums(finder, graph, holders);
	if (code == 0 && finder->options->heap_graph)
		code = put_graph(finder, graph, holders);
	return code;
}

int leaks_use_graph(struct leaks_finder *finder)
{
	const struct leaks_options *options = finder->options;
	struct heap_graph graph = HEAP_GRAPH_INIT;
	struct graph_holders holders = GRAPH_HOLDERS_INIT;
	const struct view_process *process = &finder->loaded->process;
	struct heap_graph_key key = {
		.pid = process->pid, .start_realtime_ns = process->start_realtime_ns,
		.accounts = account_limit(finder->loaded),
	};
	int code;

	if (!finder->check || !(options->retained || options->retained_if_known || options->heap_graph))
		return 0;
	key.check = finder->check->id;
	key.was_written = finder->check->flags & LEAK_GRAPH_WRITTEN;
	code = heap_graph_file_read(&graph, process->profile_path, &key, finder->err);
	if (code && code != ERROR_NO_MEMORY && !options->retained && !options->heap_graph) {
		heap_graph_release(&graph);
		return 0;
	}
	if (code == 0)
		code = solve(finder, &graph, &holders);
	graph_holders_release(&holders);
	heap_graph_release(&graph);
	return code;
}
