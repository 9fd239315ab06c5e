#include "analyzer/load.h"

#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/intern.h"
#include "profile/layout.h"

/* What one SELECT gives, row after row. */
struct cursor {
	struct store *store;
	struct arena *arena;
	sqlite3_stmt *statement;
	struct error *err;
	int result;
};

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the store's rows");
}

static void cursor_open(struct cursor *cursor, struct store *store, struct arena *arena,
			const char *sql, struct error *err)
{
	*cursor = (struct cursor){ .store = store, .arena = arena, .err = err };
	cursor->result = store_prepare(store, &cursor->statement, sql, err);
}

static bool cursor_next(struct cursor *cursor)
{
	if (cursor->result < 0)
		return false;
	cursor->result = store_step(cursor->store, cursor->statement, cursor->err);
	return cursor->result == 1;
}

static int cursor_close(struct cursor *cursor)
{
	sqlite3_finalize(cursor->statement);
	return cursor->result < 0 ? cursor->result : 0;
}

static void cursor_damaged(struct cursor *cursor, const char *table)
{
	cursor->result = error_set(cursor->err, ERROR_FORMAT, "the store's table %s is damaged", table);
}

static uint64_t number(const struct cursor *cursor, int column)
{
	return (uint64_t)sqlite3_column_int64(cursor->statement, column);
}

static uint64_t number_or_unknown(const struct cursor *cursor, int column)
{
	if (sqlite3_column_type(cursor->statement, column) == SQLITE_NULL)
		return UINT64_MAX;
	return number(cursor, column);
}

/* NULL stays NULL. */
static const char *text(struct cursor *cursor, int column)
{
	const char *value = (const char *)sqlite3_column_text(cursor->statement, column);
	const char *copy = arena_strdup(cursor->arena, value);

	if (value && !copy)
		cursor->result = no_memory(cursor->err);
	return copy;
}

/* One number by itself, such as a count; 0 when there is no row. */
static int load_number(struct store *store, const char *sql, uint64_t *value, struct error *err)
{
	struct cursor cursor;

	*value = 0;
	cursor_open(&cursor, store, NULL, sql, err);
	if (cursor_next(&cursor))
		*value = number(&cursor, 0);
	return cursor_close(&cursor);
}

/* Room for as many rows as `sql` counts, one at least. */
static int make_rows(struct store *store, struct arena *arena, const char *sql, size_t size,
		     void *rows, size_t *room, struct error *err)
{
	uint64_t count;

	if (load_number(store, sql, &count, err))
		return err->code;
	void *made = arena_alloc_array(arena, count + 1, size);

	if (!made)
		return no_memory(err);
	memcpy(rows, &made, sizeof made);
	*room = count;
	return 0;
}

static void read_process(struct cursor *c, struct view_process *process)
{
	process->profile_path = text(c, 0);
	process->pid = (uint32_t)number(c, 1);
	process->parent_pid = (uint32_t)number(c, 2);
	process->executable = text(c, 3);
	process->directory = text(c, 4);
	process->state = text(c, 5);
	process->exit_status = (int)number(c, 6);
	process->signal = (int)number(c, 7);
	process->out_of_memory = number(c, 8);
	process->start_realtime_ns = number(c, 9);
	process->duration_ns = number(c, 10);
}

static void read_totals(struct cursor *c, struct loaded *loaded)
{
	loaded->profile_bytes = number(c, 11);
	loaded->format_version = (uint32_t)number(c, 12);
	loaded->tracer_version = text(c, 13);
	loaded->allocator = text(c, 14);
	loaded->run_id = number(c, 15);
	loaded->peak_bytes = number(c, 16);
	loaded->peak_bound_bytes = number(c, 17);
	loaded->peak_time_ns = number(c, 18);
	loaded->threads = number(c, 19);
	loaded->shards = number(c, 20);
	loaded->tracer_bytes = number(c, 21);
	loaded->allocator_free_bytes = number_or_unknown(c, 22);
	loaded->end_rss_bytes = number_or_unknown(c, 23);
	loaded->tracer_rss_bytes = number_or_unknown(c, 24);
	loaded->mapped_rss_bytes = number_or_unknown(c, 25);
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
		    " tracer_rss_bytes, mapped_rss_bytes"
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

	if (make_rows(store, arena, count_sql, sizeof **texts, texts, &room, err))
		return err->code;
	*count = 0;
	cursor_open(&cursor, store, arena, sql, err);
	while (cursor_next(&cursor) && *count < room)
		(*texts)[(*count)++] = text(&cursor, 0);
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
		uint64_t *field = quality_field(quality, name);

		if (field)
			*field = number(&cursor, 1);
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

	if (make_rows(store, arena, "SELECT count(*) FROM module WHERE profile = 1",
		      sizeof *loaded->modules, &loaded->modules, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena,
		    "SELECT path, symbols FROM module WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&cursor) && loaded->module_count < room) {
		struct module_row *module = &loaded->modules[loaded->module_count++];

		module->path = text(&cursor, 0);
		module->symbols = text(&cursor, 1);
		count_module(&loaded->quality, module->symbols);
	}
	return cursor_close(&cursor);
}

static const char *shared_text(struct cursor *cursor, struct intern *texts, int column)
{
	const char *value = (const char *)sqlite3_column_text(cursor->statement, column);
	const char *kept = intern_text(texts, intern_add(texts, value));

	if (value && !kept)
		cursor->result = no_memory(cursor->err);
	return kept;
}

static int load_symbols(struct store *store, struct arena *arena, struct call_frames *frames,
			struct error *err)
{
	struct intern texts = INTERN_INIT(arena);
	struct cursor c;
	size_t room;

	if (make_rows(store, arena, "SELECT count(*) FROM symbol WHERE profile = 1",
		      sizeof *frames->symbols, &frames->symbols, &room, err))
		return err->code;
	cursor_open(&c, store, arena, "SELECT id, function, file, line, module, offset FROM symbol"
		    " WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&c)) {
		if (number(&c, 0) != frames->symbol_count || frames->symbol_count == room) {
			cursor_damaged(&c, "symbol");
			break;
		}
		frames->symbols[frames->symbol_count++] = (struct frame_symbol){
			.function = shared_text(&c, &texts, 1), .file = shared_text(&c, &texts, 2),
			.line = (uint32_t)number(&c, 3), .module = shared_text(&c, &texts, 4),
			.offset = number(&c, 5),
		};
	}
	intern_release(&texts);
	if (c.result >= 0 && !frames->symbol_count)
		cursor_damaged(&c, "symbol");
	return cursor_close(&c);
}

static bool add_frame(struct call_frames *frames, size_t room, uint64_t place, uint64_t symbol)
{
	if (frames->frame_count == room || place >= frames->place_count || place == PLACE_EMPTY ||
	    symbol >= frames->symbol_count)
		return false;
	if (!frames->places[place].count)
		frames->places[place].first = (uint32_t)frames->frame_count;
	frames->places[place].count++;
	frames->frames[frames->frame_count++] = (uint32_t)symbol;
	return true;
}

/* Ids are handed out without gaps, so the largest is the count. */
static int load_places(struct store *store, struct arena *arena, struct call_frames *frames,
		       struct error *err)
{
	struct cursor cursor;
	size_t room;

	if (make_rows(store, arena, "SELECT count(*) FROM place WHERE profile = 1",
		      sizeof *frames->places, &frames->places, &frames->place_count, err) ||
	    make_rows(store, arena, "SELECT count(*) FROM place_frame WHERE profile = 1",
		      sizeof *frames->frames, &frames->frames, &room, err))
		return err->code;
	frames->place_count++;          /* PLACE_EMPTY has no row */
	cursor_open(&cursor, store, arena, "SELECT place, symbol FROM place_frame"
		    " WHERE profile = 1 ORDER BY place, depth", err);
	while (cursor_next(&cursor))
		if (!add_frame(frames, room, number(&cursor, 0), number(&cursor, 1)))
			cursor_damaged(&cursor, "place_frame");
	return cursor_close(&cursor);
}

static int load_nodes(struct store *store, struct arena *arena, struct call_frames *frames,
		      struct error *err)
{
	struct cursor cursor;
	size_t most;

	if (make_rows(store, arena, "SELECT coalesce(max(id), 0) FROM node WHERE profile = 1",
		      sizeof *frames->nodes, &frames->nodes, &most, err))
		return err->code;
	frames->node_count = most + 1;
	cursor_open(&cursor, store, arena,
		    "SELECT id, parent, place FROM node WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&cursor)) {
		uint64_t id = number(&cursor, 0), parent = number(&cursor, 1);
		uint64_t place = number(&cursor, 2);

		if (parent < id && place < frames->place_count)
			frames->nodes[id] = (struct frame_node){ (uint32_t)parent, (uint32_t)place };
		else
			cursor_damaged(&cursor, "node");
	}
	return cursor_close(&cursor);
}

static struct account_row read_account(const struct cursor *c)
{
	return (struct account_row){
		.id = (uint32_t)number(c, 0), .node = (uint32_t)number(c, 1),
		.dag_node = (uint32_t)number(c, 2), .kind = (uint32_t)number(c, 3),
		.allocations = number(c, 4), .allocated_bytes = number(c, 5),
		.frees = number(c, 6), .freed_bytes = number(c, 7),
		.live_bytes = number(c, 8), .live_blocks = number(c, 9),
		.slack_bytes = number(c, 10), .peak_bytes = number(c, 11),
		.peak_blocks = number(c, 12), .temporaries = number(c, 13),
	};
}

static int load_accounts(struct store *store, struct arena *arena, struct loaded *loaded,
			 struct error *err)
{
	struct cursor cursor;
	size_t room;

	if (make_rows(store, arena, "SELECT count(*) FROM account WHERE profile = 1",
		      sizeof *loaded->accounts, &loaded->accounts, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena,
		    "SELECT id, node, dag_node, kind, allocations, allocated_bytes, frees,"
		    " freed_bytes, live_bytes, live_blocks, slack_bytes, peak_bytes, peak_blocks,"
		    " temporaries FROM account WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&cursor)) {
		struct account_row row = read_account(&cursor);

		if (row.node < loaded->frames.node_count && loaded->account_count < room)
			loaded->accounts[loaded->account_count++] = row;
		else
			cursor_damaged(&cursor, "account");
	}
	return cursor_close(&cursor);
}

static int load_snapshot_heads(struct store *store, struct arena *arena, struct loaded *loaded,
			       struct error *err)
{
	struct cursor cursor;
	size_t room;

	if (make_rows(store, arena, "SELECT count(*) FROM snapshot WHERE profile = 1",
		      sizeof *loaded->snapshots, &loaded->snapshots, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena, "SELECT id, label, automatic, time FROM snapshot"
		    " WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&cursor) && loaded->snapshot_count < room)
		loaded->snapshots[loaded->snapshot_count++] = (struct snapshot_head){
			(uint32_t)number(&cursor, 0), text(&cursor, 1), number(&cursor, 2),
			number(&cursor, 3)
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
	    load_symbols(store, arena, &loaded->frames, err) ||
	    load_places(store, arena, &loaded->frames, err) ||
	    load_nodes(store, arena, &loaded->frames, err) ||
	    load_accounts(store, arena, loaded, err) ||
	    load_snapshot_heads(store, arena, loaded, err))
		return err->code;
	return 0;
}

static const struct account_row *find_account(const struct loaded *loaded, uint64_t id)
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
	const struct account_row *account = find_account(loaded, number(c, 0));

	if (!account)
		return;
	rows[(*count)++] = (struct account_row){
		.id = account->id, .node = account->node, .dag_node = account->dag_node,
		.kind = account->kind,
		.allocations = number(c, 1), .allocated_bytes = number(c, 2),
		.live_bytes = number(c, 3), .live_blocks = number(c, 4),
		.slack_bytes = number(c, 5), .temporaries = number(c, 6),
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
		return no_memory(err);
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
	if (make_rows(store, arena, count_sql, sizeof **rows, rows, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena, sql, err);
	while (cursor_next(&cursor) && *count < room) {
		struct sample_row *row = &(*rows)[(*count)++];

		row->time_ns = number(&cursor, 0);
		for (int i = 0; i < values; i++)
			row->value[i] = number(&cursor, i + 1);
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
		if (number(&cursor, 0) < SIZE_CLASSES)
			counts[number(&cursor, 0)] = number(&cursor, 1);
	return cursor_close(&cursor);
}
