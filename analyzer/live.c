#include "analyzer/live_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/process.h"
#include "base/error.h"

/* --- What a look reads ------------------------------------------------------ */

/* "SIZE RESIDENT ..." in pages, see proc(5). */
static uint64_t resident_bytes(const struct live *live)
{
	char path[64];
	char text[128], *after_size;

	if (strcmp(live->data.state, "running") != 0)
		return VIEW_NOT_KNOWN;
	snprintf(path, sizeof path, "/proc/%u/statm", live->data.header.pid);
	FILE *file = fopen(path, "re");

	if (!file)
		return VIEW_NOT_KNOWN;
	size_t length = fread(text, 1, sizeof text - 1, file);

	text[length] = '\0';
	fclose(file);
	(void)strtoull(text, &after_size, 10);
	uint64_t resident = strtoull(after_size, NULL, 10);

	return resident ? resident * (uint64_t)sysconf(_SC_PAGESIZE) : VIEW_NOT_KNOWN;
}

static int read_header(struct live *live, struct error *err)
{
	struct profile_header *header = &live->data.header;

	if (page_index_header(&live->index, header, err))
		return err->code;
	header->allocator[sizeof header->allocator - 1] = '\0';
	header->tracer_version[sizeof header->tracer_version - 1] = '\0';
	header->boot_id[sizeof header->boot_id - 1] = '\0';
	return 0;
}

static int read_counters(struct live *live, struct profile_data *data, struct error *err)
{
	if (live->shard == LIVE_ALL_THREADS)
		return reader_counters(&live->index, &live->look_arena, data, err);
	return reader_shard_counters(&live->index, live->shard, &live->look_arena, data, err);
}

/* Names of DAG nodes outlive the journal's arena. */
static int keep_node_names(struct live *live, struct error *err)
{
	const struct profile_data *data = &live->data;

	if (data->dag_node_count > live->node_name_count) {
		const char **names = arena_alloc_array(&live->arena, data->dag_node_count * 2,
						       sizeof *names);

		if (!names)
			return reader_no_memory(err);
		if (live->node_name_count)
			memcpy(names, live->node_names, live->node_name_count * sizeof *names);
		live->node_names = names;
		live->node_name_count = (size_t)data->dag_node_count * 2;
	}
	for (uint32_t id = 1; id < data->dag_node_count; id++)
		if (data->dag_nodes[id].name && !live->node_names[id]) {
			live->node_names[id] = arena_strdup(&live->arena, data->dag_nodes[id].name);
			if (!live->node_names[id])
				return reader_no_memory(err);
		}
	return 0;
}

/* The journal tells what the new nodes stand in; it is short, and read as a whole. */
static int read_journal(struct live *live, const struct profile_header *before,
			uint32_t settled_before, struct error *err)
{
	const struct profile_header *header = &live->data.header;

	if (live->data.modules && settled_before == live->tree.settled &&
	    before->dag_nodes == header->dag_nodes && before->modules == header->modules)
		return 0;
	arena_release(&live->journal_arena);
	live->data.dag_edge_count = 0;
	live->data.dag_edges = NULL;
	live->data.notes.count = 0;
	if (reader_journal(&live->index, &live->journal_arena, &live->data, err))
		return err->code;
	return keep_node_names(live, err);
}

/*
 * In the reader's order: counters, then the accounts they name, then the nodes
 * those name, then the modules and names of those.
 */
static int read_all(struct live *live, struct error *err)
{
	struct profile_header before = live->data.header;
	uint32_t settled = live->tree.settled;

	arena_release(&live->look_arena);
	if (page_index_refresh(&live->index, err) || read_header(live, err))
		return err->code;
	live->data.state = process_state(&live->data.header);
	live_threads_read(&live->index, &live->threads, &live->totals);
	if (read_counters(live, &live->data, err) || page_index_refresh(&live->index, err))
		return err->code;
	reader_accounts(&live->index, &live->data);
	if (page_index_refresh(&live->index, err) || read_header(live, err) ||
	    live_tree_read(&live->tree, &live->index, &live->data, err) ||
	    read_journal(live, &before, settled, err))
		return err->code;
	reader_find_stacks(&live->data, &live->tree.merge);
	return live_tree_resolve(&live->tree, &live->data, err);
}

/* --- Totals ----------------------------------------------------------------- */

static double per_second(uint64_t now, uint64_t before, uint64_t ns)
{
	return ns ? ((double)now - (double)before) / ((double)ns / 1e9) : 0;
}

static void finish_totals(struct live *live)
{
	struct live_totals *now = &live->totals;
	const struct live_totals *before = &live->before;
	uint64_t ns = live->before_ns ? live->now_ns - live->before_ns : 0;

	now->peak_bytes = live->data.header.peak_bytes;
	if (now->peak_bytes < now->live_bytes)
		now->peak_bytes = now->live_bytes;
	now->peak_bound_bytes = live->data.header.peak_bound_bytes;
	now->rss_bytes = resident_bytes(live);
	now->live_rate = per_second(now->live_bytes, before->live_bytes, ns);
	now->allocation_rate = per_second(now->allocations, before->allocations, ns);
	now->allocated_rate = per_second(now->allocated_bytes, before->allocated_bytes, ns);
	for (uint32_t id = 1; id < live->data.account_count; id++)
		now->sites += live->data.accounts[id].sums.allocations != 0;
}

int live_look(struct live *live, uint64_t now_ns, struct error *err)
{
	live->before = live->totals;
	live->before_ns = live->now_ns;
	live->now_ns = now_ns;
	if (read_all(live, err)) {
		live->totals = live->before;
		return error_context(err, "%s", live->path);
	}
	finish_totals(live);
	return live_table_update(&live->table, &live->tree, &live->data, live->now_ns,
				 &live->look_arena, err);
}

/* --- Opening ---------------------------------------------------------------- */

static int open_all(struct live *live, const char *path, const struct live_options *options,
		    uint64_t now_ns, struct error *err)
{
	live->path = arena_strdup(&live->arena, path);
	if (!live->path)
		return reader_no_memory(err);
	if (page_index_open(&live->index, path, err))
		return error_context(err, "%s", path);
	if (live_tree_init(&live->tree, options, &live->arena, err))
		return err->code;
	return live_look(live, now_ns, err);
}

int live_open(struct live **live, const char *path, const struct live_options *options,
	      uint64_t now_ns, struct error *err)
{
	struct live *opened = calloc(1, sizeof *opened);

	if (!opened)
		return reader_no_memory(err);
	opened->index = (struct page_index)PAGE_INDEX_INIT;
	opened->shard = LIVE_ALL_THREADS;
	opened->data.state = "unknown";
	live_table_init(&opened->table, options->by);
	if (open_all(opened, path, options, now_ns, err)) {
		live_free(opened);
		return err->code;
	}
	*live = opened;
	return 0;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	live_table_release(&live->table);
	live_tree_release(&live->tree);
	page_index_release(&live->index);
	arena_release(&live->look_arena);
	arena_release(&live->journal_arena);
	arena_release(&live->arena);
	free(live);
}

/* --- Asking ----------------------------------------------------------------- */

const char *live_state(const struct live *live)
{
	return live->data.state;
}

struct view_process live_process(const struct live *live)
{
	const struct profile_header *header = &live->data.header;

	return (struct view_process){
		.command = live->data.command.items, .executable = live->data.executable,
		.directory = live->data.directory, .profile_path = live->path,
		.pid = header->pid, .parent_pid = header->parent_pid, .state = live->data.state,
		.exit_status = header->exit_status, .signal = (int)header->signal,
		.out_of_memory = header->out_of_memory != 0,
		.start_realtime_ns = header->start_realtime_ns, .duration_ns = live_age_ns(live),
	};
}

uint64_t live_age_ns(const struct live *live)
{
	const struct profile_header *header = &live->data.header;
	uint64_t end = header->end_monotonic_ns ? header->end_monotonic_ns : live->now_ns;

	return end > header->start_monotonic_ns ? end - header->start_monotonic_ns : 0;
}

const struct live_totals *live_totals(const struct live *live)
{
	return &live->totals;
}

enum grouping live_grouping(const struct live *live)
{
	return live->table.by;
}

/* Forget the rows and sum up anew what was read. */
static int start_table(struct live *live, enum grouping by, struct error *err)
{
	live_table_release(&live->table);
	live_table_init(&live->table, by);
	return live_table_update(&live->table, &live->tree, &live->data, live->now_ns,
				 &live->look_arena, err);
}

int live_group_by(struct live *live, enum grouping by, struct error *err)
{
	return by == live->table.by ? 0 : start_table(live, by, err);
}

const struct live_thread *live_threads(const struct live *live, size_t *count)
{
	*count = live->threads.count;
	return live->threads.items;
}

void live_choose_shard(struct live *live, uint32_t shard)
{
	enum grouping by = live->table.by;

	if (shard == live->shard)
		return;
	live->shard = shard;
	live_table_release(&live->table);
	live_table_init(&live->table, by);
}

const char *live_node_name(const struct live *live, uint32_t dag_node)
{
	return dag_node < live->node_name_count ? live->node_names[dag_node] : NULL;
}

uint64_t live_history_ns(const struct live *live)
{
	const struct live_clock *clock = &live->table.clock;

	return clock->count ? clock->time_ns[clock->count - 1] - clock->time_ns[0] : 0;
}

size_t live_heap_history(const struct live *live, uint64_t *values)
{
	const struct live_table *table = &live->table;

	memset(values, 0, LIVE_HISTORY * sizeof *values);
	for (size_t i = 0; i < table->nodes.count; i++)
		for (size_t at = 0; table->nodes.items[i].history && at < table->clock.count; at++)
			values[at] += table->nodes.items[i].history[at];
	return table->clock.count;
}
