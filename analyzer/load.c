#include "analyzer/load.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/cursor.h"
#include "base/error.h"
#include "profile/layout.h"

static void read_process(struct cursor *c, struct view_process *process)
{
	process->profile_path = cursor_text(c, 0);
	process->pid = (uint32_t)cursor_number(c, 1);
	process->parent_pid = (uint32_t)cursor_number(c, 2);
	process->executable = cursor_text(c, 3);
	process->directory = cursor_text(c, 4);
	process->state = cursor_text(c, 5);
	process->exit_status = (int)cursor_number(c, 6);
	process->signal = (int)cursor_number(c, 7);
	process->out_of_memory = cursor_number(c, 8);
	process->start_realtime_ns = cursor_number(c, 9);
	process->duration_ns = cursor_number(c, 10);
}

static void read_totals(struct cursor *c, struct loaded *loaded)
{
	loaded->profile_bytes = cursor_number(c, 11);
	loaded->format_version = (uint32_t)cursor_number(c, 12);
	loaded->tracer_version = cursor_text(c, 13);
	loaded->allocator = cursor_text(c, 14);
	loaded->run_id = cursor_number(c, 15);
	loaded->peak_bytes = cursor_number(c, 16);
	loaded->peak_bound_bytes = cursor_number(c, 17);
	loaded->peak_time_ns = cursor_number(c, 18);
	loaded->threads = cursor_number(c, 19);
	loaded->shards = cursor_number(c, 20);
	loaded->tracer_bytes = cursor_number(c, 21);
	loaded->allocator_free_bytes = cursor_number_or_unknown(c, 22);
	loaded->end_rss_bytes = cursor_number_or_unknown(c, 23);
	loaded->tracer_rss_bytes = cursor_number_or_unknown(c, 24);
	loaded->mapped_rss_bytes = cursor_number_or_unknown(c, 25);
	loaded->tick_width_ns = cursor_number(c, 26);
}

static int load_head(struct store *store, struct arena *arena, struct loaded *loaded,
		     struct error *err)
{
	struct cursor cursor;

	cursor_open(&cursor, store, arena,
		    "SELECT path, pid, parent_pid, executable, directory, state, exit_status, signal,"
		    " out_of_memory, start_realtime, duration, file_bytes, format_version,"
		    " tracer_version, allocator, run_id, peak_bytes, peak_bound_bytes, peak_time,"
		    " threads, shards, tracer_bytes, allocator_free_bytes, end_rss_bytes,"
		    " tracer_rss_bytes, mapped_rss_bytes, tick_width"
		    " FROM profile WHERE id = 1", err);
	if (cursor_next(&cursor)) {
		read_process(&cursor, &loaded->process);
		read_totals(&cursor, loaded);
	} else if (!cursor.result) {
		cursor_damaged(&cursor, "profile");
	}
	return cursor_close(&cursor);
}

/* argv and notes: a NULL-terminated array. */
static int load_texts(struct store *store, struct arena *arena, const char *count_sql,
		      const char *sql, const char ***texts, size_t *count, struct error *err)
{
	struct cursor cursor;
	size_t room;

	if (cursor_make_rows(store, arena, count_sql, sizeof **texts, texts, &room, err))
		return err->code;
	*count = 0;
	cursor_open(&cursor, store, arena, sql, err);
	while (cursor_next(&cursor) && *count < room)
		(*texts)[(*count)++] = cursor_text(&cursor, 0);
	return cursor_close(&cursor);
}

static uint64_t *quality_field(struct view_quality *quality, const char *name)
{
	const struct { const char *name; uint64_t *value; } fields[] = {
		{ "walks_failed", &quality->walks_failed },
		{ "walks_truncated", &quality->walks_truncated },
		{ "stacks_folded", &quality->stacks_folded },
		{ "events_dropped", &quality->events_dropped },
		{ "events_before_start", &quality->events_before_start },
		{ "frees_unknown", &quality->frees_unknown },
		{ "frees_missed", &quality->frees_missed },
		{ "guard_healed", &quality->guard_healed },
		{ "shards_shared", &quality->shards_shared },
		{ "children_untraced", &quality->children_untraced },
		{ "growth_failed", &quality->growth_failed },
		{ "nodes_misused", &quality->nodes_misused },
		{ "nodes_folded", &quality->nodes_folded },
		{ "executions_folded", &quality->executions_folded },
		{ "results_folded", &quality->results_folded },
		{ "check_stacks", &quality->check_stacks },
		{ "check_frames_differ", &quality->check_frames_differ },
		{ "check_ids_differ", &quality->check_ids_differ },
		{ "pages_damaged", &quality->pages_damaged },
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (name && strcmp(fields[i].name, name) == 0)
			return fields[i].value;
	return NULL;
}

static int load_quality(struct store *store, struct view_quality *quality, struct error *err)
{
	struct cursor cursor;

	cursor_open(&cursor, store, NULL, "SELECT name, value FROM quality WHERE profile = 1", err);
	while (cursor_next(&cursor)) {
		const char *name = (const char *)sqlite3_column_text(cursor.statement, 0);
		uint64_t *field = name ? quality_field(quality, name) : NULL;

		if (!name)
			cursor.result = cursor_no_memory(err);
		if (field)
			*field = cursor_number(&cursor, 1);
	}
	return cursor_close(&cursor);
}

/* Only modules that stacks go through: the others' debug information is not missed. */
static void count_module(struct view_quality *quality, const char *symbols)
{
	if (!symbols)
		return;
	quality->modules++;
	quality->modules_without_debug_info += strcmp(symbols, "lines") != 0;
	quality->modules_rebuilt += strcmp(symbols, "rebuilt") == 0;
}

static int load_modules(struct store *store, struct arena *arena, struct loaded *loaded,
			struct error *err)
{
	struct cursor cursor;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM module WHERE profile = 1",
		      sizeof *loaded->modules, &loaded->modules, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena,
		    "SELECT path, symbols FROM module WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&cursor) && loaded->module_count < room) {
		struct module_row *module = &loaded->modules[loaded->module_count++];

		module->path = cursor_text(&cursor, 0);
		module->symbols = cursor_text(&cursor, 1);
		count_module(&loaded->quality, module->symbols);
	}
	return cursor_close(&cursor);
}

static struct account_row read_account(const struct cursor *c)
{
	return (struct account_row){
		.id = (uint32_t)cursor_number(c, 0), .node = (uint32_t)cursor_number(c, 1),
		.dag_node = (uint32_t)cursor_number(c, 2), .kind = (uint32_t)cursor_number(c, 3),
		.allocations = cursor_number(c, 4), .allocated_bytes = cursor_number(c, 5),
		.frees = cursor_number(c, 6), .freed_bytes = cursor_number(c, 7),
		.live_bytes = cursor_number(c, 8), .live_blocks = cursor_number(c, 9),
		.slack_bytes = cursor_number(c, 10), .peak_bytes = cursor_number(c, 11),
		.peak_blocks = cursor_number(c, 12), .temporaries = cursor_number(c, 13),
		.last_allocation_ns = cursor_number_or_unknown(c, 14),
		.last_free_ns = cursor_number_or_unknown(c, 15),
	};
}

static int load_accounts(struct store *store, struct arena *arena, struct loaded *loaded,
			 struct error *err)
{
	struct cursor cursor;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM account WHERE profile = 1",
		      sizeof *loaded->accounts, &loaded->accounts, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena,
		    "SELECT id, node, dag_node, kind, allocations, allocated_bytes, frees,"
		    " freed_bytes, live_bytes, live_blocks, slack_bytes, peak_bytes, peak_blocks,"
		    " temporaries, last_allocation, last_free FROM account WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&cursor)) {
		struct account_row row = read_account(&cursor);

		if (row.node < loaded->frames.node_count && loaded->account_count < room)
			loaded->accounts[loaded->account_count++] = row;
		else
			cursor_damaged(&cursor, "account");
	}
	return cursor_close(&cursor);
}

static int load_dag_nodes(struct store *store, struct arena *arena, struct loaded *loaded,
			  struct error *err)
{
	struct cursor cursor;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM dag_node WHERE profile = 1",
			     sizeof *loaded->dag_nodes, &loaded->dag_nodes, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena,
		    "SELECT id, name FROM dag_node WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&cursor) && loaded->dag_node_count < room)
		loaded->dag_nodes[loaded->dag_node_count++] = (struct dag_node_row){
			(uint32_t)cursor_number(&cursor, 0), cursor_text(&cursor, 1)
		};
	return cursor_close(&cursor);
}

static int compare_dag_nodes(const void *a, const void *b)
{
	const struct dag_node_row *first = a, *second = b;

	return (first->id > second->id) - (first->id < second->id);
}

const char *load_dag_node_name(const struct loaded *loaded, uint32_t id)
{
	struct dag_node_row wanted = { .id = id };
	const struct dag_node_row *found =
		loaded->dag_node_count ? bsearch(&wanted, loaded->dag_nodes, loaded->dag_node_count,
						 sizeof wanted, compare_dag_nodes) : NULL;

	return found ? found->name : NULL;
}

static int load_snapshot_heads(struct store *store, struct arena *arena, struct loaded *loaded,
			       struct error *err)
{
	struct cursor cursor;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM snapshot WHERE profile = 1",
		      sizeof *loaded->snapshots, &loaded->snapshots, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena, "SELECT id, label, automatic, time FROM snapshot"
		    " WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&cursor) && loaded->snapshot_count < room)
		loaded->snapshots[loaded->snapshot_count++] = (struct snapshot_head){
			(uint32_t)cursor_number(&cursor, 0), cursor_text(&cursor, 1), cursor_number(&cursor, 2),
			cursor_number(&cursor, 3)
		};
	return cursor_close(&cursor);
}

static int load_words(struct store *store, struct arena *arena, struct loaded *loaded,
		      struct error *err)
{
	const char **command;
	size_t count;

	if (load_texts(store, arena, "SELECT count(*) FROM argument WHERE profile = 1",
		       "SELECT text FROM argument WHERE profile = 1 ORDER BY position",
		       &command, &count, err) ||
	    load_texts(store, arena, "SELECT count(*) FROM note WHERE profile = 1",
		       "SELECT text FROM note WHERE profile = 1 ORDER BY position",
		       &loaded->quality.notes, &loaded->quality.note_count, err))
		return err->code;
	loaded->process.command = command;
	return 0;
}

int load_profile(struct store *store, struct arena *arena, struct loaded *loaded,
		 struct error *err)
{
	*loaded = (struct loaded){ .profile_bytes = 0 };
	if (load_head(store, arena, loaded, err) ||
	    load_words(store, arena, loaded, err) ||
	    load_quality(store, &loaded->quality, err) ||
	    load_modules(store, arena, loaded, err) ||
	    load_frames(store, arena, &loaded->frames, err) ||
	    load_accounts(store, arena, loaded, err) ||
	    load_dag_nodes(store, arena, loaded, err) ||
	    load_snapshot_heads(store, arena, loaded, err))
		return err->code;
	return 0;
}

const struct account_row *load_account(const struct loaded *loaded, uint64_t id)
{
	size_t low = 0, high = loaded->account_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (loaded->accounts[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < loaded->account_count && loaded->accounts[low].id == id ? &loaded->accounts[low]
									      : NULL;
}

static void read_snapshot_row(const struct cursor *c, const struct loaded *loaded,
			      struct account_row *rows, size_t *count)
{
	const struct account_row *account = load_account(loaded, cursor_number(c, 0));

	if (!account)
		return;
	rows[(*count)++] = (struct account_row){
		.id = account->id, .node = account->node, .dag_node = account->dag_node,
		.kind = account->kind,
		.allocations = cursor_number(c, 1), .allocated_bytes = cursor_number(c, 2),
		.live_bytes = cursor_number(c, 3), .live_blocks = cursor_number(c, 4),
		.slack_bytes = cursor_number(c, 5), .temporaries = cursor_number(c, 6),
		.last_allocation_ns = UINT64_MAX, .last_free_ns = UINT64_MAX,
	};
}

int load_snapshot(struct store *store, const struct loaded *loaded, uint32_t id,
		  struct arena *arena, struct account_row **rows, size_t *count,
		  struct error *err)
{
	struct cursor cursor;

	*count = 0;
	*rows = arena_alloc_array(arena, loaded->account_count + 1, sizeof **rows);
	if (!*rows)
		return cursor_no_memory(err);
	cursor_open(&cursor, store, arena,
		    "SELECT account, allocations, allocated_bytes, live_bytes, live_blocks,"
		    " slack_bytes, temporaries FROM snapshot_account"
		    " WHERE profile = 1 AND snapshot = ?1 ORDER BY account", err);
	if (cursor.statement)
		sqlite3_bind_int64(cursor.statement, 1, id);
	while (cursor_next(&cursor) && *count < loaded->account_count)
		read_snapshot_row(&cursor, loaded, *rows, count);
	return cursor_close(&cursor);
}

static int load_series(struct store *store, struct arena *arena, const char *count_sql,
		       const char *sql, int values, struct sample_row **rows, size_t *count,
		       struct error *err)
{
	struct cursor cursor;
	size_t room;

	*count = 0;
	if (cursor_make_rows(store, arena, count_sql, sizeof **rows, rows, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena, sql, err);
	while (cursor_next(&cursor) && *count < room) {
		struct sample_row *row = &(*rows)[(*count)++];

		row->time_ns = cursor_number(&cursor, 0);
		for (int i = 0; i < values; i++)
			row->value[i] = cursor_number(&cursor, i + 1);
	}
	return cursor_close(&cursor);
}

int load_heap_samples(struct store *store, struct arena *arena, struct sample_row **rows,
		      size_t *count, struct error *err)
{
	return load_series(store, arena, "SELECT count(*) FROM sample WHERE profile = 1",
			   "SELECT time, live_bytes, mapped_bytes, allocations FROM sample"
			   " WHERE profile = 1 ORDER BY time", 3, rows, count, err);
}

int load_rss_samples(struct store *store, struct arena *arena, struct sample_row **rows,
		     size_t *count, struct error *err)
{
	return load_series(store, arena, "SELECT count(*) FROM rss_sample WHERE profile = 1",
			   "SELECT time, rss_bytes, anonymous_bytes FROM rss_sample"
			   " WHERE profile = 1 ORDER BY time", 2, rows, count, err);
}

int load_size_classes(struct store *store, uint64_t *counts, struct error *err)
{
	struct cursor cursor;

	memset(counts, 0, SIZE_CLASSES * sizeof *counts);
	cursor_open(&cursor, store, NULL,
		    "SELECT class, allocations FROM size_class WHERE profile = 1", err);
	while (cursor_next(&cursor))
		if (cursor_number(&cursor, 0) < SIZE_CLASSES)
			counts[cursor_number(&cursor, 0)] = cursor_number(&cursor, 1);
	return cursor_close(&cursor);
}
