#include "analyzer/load.h"

#include "analyzer/cursor.h"
#include "base/error.h"
#include "base/intern.h"

static const char *shared_text(struct cursor *cursor, struct intern *texts, int column)
{
	const char *value = (const char *)sqlite3_column_text(cursor->statement, column);
	const char *kept = intern_text(texts, intern_add(texts, value));

	if (value && !kept)
		cursor->result = cursor_no_memory(cursor->err);
	return kept;
}

static int load_symbols(struct store *store, struct arena *arena, struct call_frames *frames,
			struct error *err)
{
	struct intern texts = INTERN_INIT(arena);
	struct cursor c;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM symbol WHERE profile = 1",
		      sizeof *frames->symbols, &frames->symbols, &room, err))
		return err->code;
	cursor_open(&c, store, arena, "SELECT id, function, file, line, module, offset FROM symbol"
		    " WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&c)) {
		if (cursor_number(&c, 0) != frames->symbol_count || frames->symbol_count == room) {
			cursor_damaged(&c, "symbol");
			break;
		}
		frames->symbols[frames->symbol_count++] = (struct frame_symbol){
			.function = shared_text(&c, &texts, 1), .file = shared_text(&c, &texts, 2),
			.line = (uint32_t)cursor_number(&c, 3), .module = shared_text(&c, &texts, 4),
			.offset = cursor_number(&c, 5),
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

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM place WHERE profile = 1",
		      sizeof *frames->places, &frames->places, &frames->place_count, err) ||
	    cursor_make_rows(store, arena, "SELECT count(*) FROM place_frame WHERE profile = 1",
		      sizeof *frames->frames, &frames->frames, &room, err))
		return err->code;
	frames->place_count++;          /* PLACE_EMPTY has no row */
	cursor_open(&cursor, store, arena, "SELECT place, symbol FROM place_frame"
		    " WHERE profile = 1 ORDER BY place, depth", err);
	while (cursor_next(&cursor))
		if (!add_frame(frames, room, cursor_number(&cursor, 0), cursor_number(&cursor, 1)))
			cursor_damaged(&cursor, "place_frame");
	return cursor_close(&cursor);
}

static int load_nodes(struct store *store, struct arena *arena, struct call_frames *frames,
		      struct error *err)
{
	struct cursor cursor;
	size_t most;

	if (cursor_make_rows(store, arena, "SELECT coalesce(max(id), 0) FROM node WHERE profile = 1",
		      sizeof *frames->nodes, &frames->nodes, &most, err))
		return err->code;
	frames->node_count = most + 1;
	cursor_open(&cursor, store, arena,
		    "SELECT id, parent, place FROM node WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&cursor)) {
		uint64_t id = cursor_number(&cursor, 0), parent = cursor_number(&cursor, 1);
		uint64_t place = cursor_number(&cursor, 2);

		if (parent < id && place < frames->place_count)
			frames->nodes[id] = (struct frame_node){ (uint32_t)parent, (uint32_t)place };
		else
			cursor_damaged(&cursor, "node");
	}
	return cursor_close(&cursor);
}

int load_frames(struct store *store, struct arena *arena, struct call_frames *frames,
		struct error *err)
{
	if (load_symbols(store, arena, frames, err) ||
	    load_places(store, arena, frames, err) ||
	    load_nodes(store, arena, frames, err))
		return err->code;
	return 0;
}
