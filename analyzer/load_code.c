#include "analyzer/load_code.h"

#include "analyzer/cursor.h"
#include "base/error.h"
#include "base/map.h"

static struct view_module read_module(struct cursor *c)
{
	return (struct view_module){
		.path = cursor_text(c, 1), .build_id = cursor_text(c, 2),
		.start = cursor_number(c, 3), .end = cursor_number(c, 4), .bias = cursor_number(c, 5),
	};
}

/* `numbers` gets the number of each module's id. */
static int load_modules(struct store *store, struct arena *arena, struct map *numbers,
			struct code *code, struct error *err)
{
	struct cursor cursor;
	size_t room;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM module WHERE profile = 1",
			     sizeof *code->modules, &code->modules, &room, err))
		return err->code;
	cursor_open(&cursor, store, arena, "SELECT id, path, build_id, start, end, bias FROM module"
		    " WHERE profile = 1 ORDER BY id", err);
	while (cursor_next(&cursor) && code->module_count < room) {
		code->modules[code->module_count++] = read_module(&cursor);
		if (map_add(numbers, (struct map_key){ 0, cursor_number(&cursor, 0) },
			    (uint32_t)code->module_count) == MAP_NONE) {
			cursor.result = cursor_no_memory(err);
			break;
		}
	}
	return cursor_close(&cursor);
}

/* Ids are handed out without gaps, from 1: the importer's. */
static int load_places(struct store *store, struct arena *arena, const struct map *numbers,
		       struct code *code, struct error *err)
{
	struct cursor cursor;

	if (cursor_make_rows(store, arena, "SELECT count(*) FROM place WHERE profile = 1",
			     sizeof *code->places, &code->places, &code->place_count, err))
		return err->code;
	code->place_count++;
	cursor_open(&cursor, store, arena,
		    "SELECT id, module, address FROM place WHERE profile = 1", err);
	while (cursor_next(&cursor)) {
		uint64_t id = cursor_number(&cursor, 0);
		uint32_t module = map_get(numbers, (struct map_key){ 0, cursor_number(&cursor, 1) });

		if (id >= code->place_count)
			cursor_damaged(&cursor, "place");
		else
			code->places[id] = (struct code_place){
				module == MAP_NONE ? 0 : module, cursor_number(&cursor, 2)
			};
	}
	return cursor_close(&cursor);
}

int load_code(struct store *store, struct arena *arena, struct code *code, struct error *err)
{
	struct map numbers = MAP_INIT;

	*code = (struct code){ .module_count = 0 };
	int status = load_modules(store, arena, &numbers, code, err);

	if (!status)
		status = load_places(store, arena, &numbers, code, err);
	map_release(&numbers);
	return status;
}
