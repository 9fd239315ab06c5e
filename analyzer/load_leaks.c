#include "analyzer/load_leaks.h"

#include <string.h>

#include "analyzer/cursor.h"
#include "analyzer/view_leaks.h"
#include "base/error.h"

static void read_check(struct cursor *c, struct leak_check_row *check)
{
	*check = (struct leak_check_row){
		.id = (uint32_t)cursor_number(c, 0), .label = cursor_text(c, 1),
		.reason = cursor_text(c, 2), .status = cursor_text(c, 3),
		.error = (uint32_t)cursor_number(c, 4), .time_ns = cursor_number(c, 5),
		.stop_ns = cursor_number(c, 6), .check_ns = cursor_number(c, 7),
		.blocks = cursor_number(c, 8), .bytes = cursor_number(c, 9),
		.usable_bytes = cursor_number(c, 10), .root_bytes = cursor_number(c, 11),
		.table_bytes = cursor_number(c, 12), .threads = cursor_number(c, 13),
		.threads_stopped = cursor_number(c, 14), .threads_seen = cursor_number(c, 15),
		.threads_unknown = cursor_number(c, 16), .flags = (uint32_t)cursor_number(c, 17),
	};
}

int load_leak_checks(struct store *store, struct arena *arena, struct leak_check_row **checks,
		     size_t *count, struct error *err)
{
	struct cursor cursor;
	size_t room;

	*count = 0;
	if (cursor_make_rows(store, arena, "SELECT count(*) FROM leak_check WHERE profile = 1",
			     sizeof **checks, checks, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena,
		    "SELECT id, label, reason, status, error, time, stop_time, check_time, blocks,"
		    " bytes, usable_bytes, root_bytes, table_bytes, threads, threads_stopped,"
		    " threads_seen, threads_unknown, flags FROM leak_check WHERE profile = 1 ORDER BY id",
		    err);
	while (cursor_next(&cursor) && *count < room)
		read_check(&cursor, &(*checks)[(*count)++]);
	return cursor_close(&cursor);
}

static enum leak_verdict verdict_of(const char *text)
{
	static const char *const TEXTS[] = {
		[LEAK_DEFINITE] = "definite", [LEAK_INDIRECT] = "indirect",
		[LEAK_POSSIBLE] = "possible", [LEAK_REACHABLE] = "reachable",
	};

	for (int i = 0; text && i < LEAK_UNJUDGED; i++)
		if (strcmp(TEXTS[i], text) == 0)
			return (enum leak_verdict)i;
	return LEAK_UNJUDGED;
}

static void read_leak(struct cursor *c, const struct loaded *loaded, struct leak_record *leak)
{
	*leak = (struct leak_record){
		.id = (uint32_t)cursor_number(c, 0), .account = load_account(loaded, cursor_number(c, 1)),
		.verdict = verdict_of(cursor_text(c, 2)),
		.held_by = cursor_text(c, 3),
		.holder_account = load_account(loaded, cursor_number(c, 4)),
		.thread_id = (uint32_t)cursor_number(c, 5), .thread_name = cursor_text(c, 6),
		.place = (uint32_t)cursor_number(c, 7), .module = cursor_text(c, 8),
		.offset = cursor_number(c, 9), .variable = cursor_text(c, 10),
		.variable_file = cursor_text(c, 11), .variable_line = (uint32_t)cursor_number(c, 12),
		.blocks = cursor_number(c, 13), .bytes = cursor_number(c, 14),
		.usable_bytes = cursor_number(c, 15), .first_address = cursor_number(c, 16),
		.largest_address = cursor_number(c, 17), .several_holders = cursor_number(c, 18),
		.path_cut = cursor_number(c, 19), .target_offset = cursor_number(c, 20),
		.variable_member = cursor_text(c, 21),
	};
	if (leak->place >= loaded->frames.place_count)
		leak->place = PLACE_EMPTY;
}

static int load_rows(struct store *store, const struct loaded *loaded, uint32_t id,
		     struct arena *arena, struct leak_record *leaks, size_t room, size_t *count,
		     struct error *err)
{
	struct cursor cursor;

	cursor_open(&cursor, store, arena,
		    "SELECT l.id, l.account, l.verdict, l.held_by, l.holder_account, l.holder_thread,"
		    " t.name, l.holder_place, m.path, l.holder_offset, l.variable, l.variable_file,"
		    " l.variable_line, l.blocks, l.bytes, l.usable_bytes, l.first_address,"
		    " l.largest_address, l.several_holders, l.path_cut, l.target_offset,"
		    " l.variable_member"
		    " FROM leak l"
		    " LEFT JOIN thread t ON t.profile = l.profile AND t.id = l.holder_thread"
		    " LEFT JOIN module m ON m.profile = l.profile AND m.id = l.holder_module"
		    " WHERE l.profile = 1 AND l.leak_check = ?1 ORDER BY l.id", err);
	if (cursor.statement)
		sqlite3_bind_int64(cursor.statement, 1, id);
	while (cursor_next(&cursor) && *count < room) {
		read_leak(&cursor, loaded, &leaks[*count]);
		*count += leaks[*count].account != NULL;
	}
	return cursor_close(&cursor);
}

static struct leak_record *find_leak(struct leak_record *leaks, size_t count, uint64_t id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (leaks[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && leaks[low].id == id ? &leaks[low] : NULL;
}

static int load_paths(struct store *store, const struct loaded *loaded, uint32_t id,
		      struct arena *arena, struct leak_record *leaks, size_t count, struct error *err)
{
	struct cursor cursor;
	struct leak_step_row *steps;
	size_t room, used = 0;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM leak_path WHERE profile = 1",
			     sizeof *steps, &steps, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena, "SELECT leak, account, blocks, offset FROM leak_path"
		    " WHERE profile = 1 AND leak_check = ?1 ORDER BY leak, position", err);
	if (cursor.statement)
		sqlite3_bind_int64(cursor.statement, 1, id);
	while (cursor_next(&cursor) && used < room) {
		struct leak_record *leak = find_leak(leaks, count, cursor_number(&cursor, 0));
		const struct account_row *account = load_account(loaded, cursor_number(&cursor, 1));

		if (!leak || !account)
			continue;
		steps[used] = (struct leak_step_row){
			account, cursor_number(&cursor, 2), cursor_number_or_unknown(&cursor, 3)
		};
		if (!leak->steps++)
			leak->path = &steps[used];
		used++;
	}
	return cursor_close(&cursor);
}

int load_leaks(struct store *store, const struct loaded *loaded, uint32_t id, struct arena *arena,
	       struct leak_record **leaks, size_t *count, struct error *err)
{
	size_t room;

	*count = 0;
	if (cursor_make_rows(store, arena, "SELECT count(*) FROM leak WHERE profile = 1",
			     sizeof **leaks, leaks, &room, err) ||
	    load_rows(store, loaded, id, arena, *leaks, room, count, err) ||
	    load_paths(store, loaded, id, arena, *leaks, *count, err))
		return err->code;
	return 0;
}

/* By id, as they are loaded; SIZE_MAX: there is none. */
size_t load_snapshot_index(const struct loaded *loaded, uint64_t id)
{
	size_t low = 0, high = loaded->snapshot_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (loaded->snapshots[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < loaded->snapshot_count && loaded->snapshots[low].id == id ? low : SIZE_MAX;
}

int load_account_points(struct store *store, const struct loaded *loaded, struct arena *arena,
			struct account_point **points, size_t *count, struct error *err)
{
	struct cursor cursor;
	size_t room;

	*count = 0;
	if (cursor_make_rows(store, arena, "SELECT count(*) FROM snapshot_account WHERE profile = 1",
			     sizeof **points, points, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena,
		    "SELECT account, snapshot, allocations, live_bytes, live_blocks"
		    " FROM snapshot_account WHERE profile = 1 ORDER BY account, snapshot", err);
	while (cursor_next(&cursor) && *count < room) {
		size_t snapshot = load_snapshot_index(loaded, cursor_number(&cursor, 1));

		if (snapshot == SIZE_MAX)
			continue;
		(*points)[(*count)++] = (struct account_point){
			(uint32_t)cursor_number(&cursor, 0), (uint32_t)snapshot,
			cursor_number(&cursor, 2), cursor_number(&cursor, 3), cursor_number(&cursor, 4),
		};
	}
	return cursor_close(&cursor);
}
