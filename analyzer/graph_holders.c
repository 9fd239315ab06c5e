#include "analyzer/graph_holders.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/cursor.h"
#include "analyzer/import_leaks.h"
#include "analyzer/leak_words.h"
#include "analyzer/symbols.h"
#include "base/error.h"
#include "base/intern.h"

struct module {
	uint64_t id, bias;
	const char *path, *build_id;    /* hexadecimal */
	struct symbols *symbols;
	bool opened;
};

struct thread { uint64_t id; const char *name; };

/* The variable that words in a row are of. */
struct run {
	uint64_t module, start, end;
	uint32_t tid, holder;
	uint8_t kind;
};

struct finder {
	struct graph_holders *holders;
	struct store *store;
	struct fill *fill;
	const uint32_t *owners;
	bool debuginfod;
	struct arena arena;
	struct module *modules;
	struct thread *threads;
	size_t module_count, thread_count, room;
	struct map keys;                /* what makes words one holder, to its number */
	struct intern texts;
	struct run run;
	struct error *err;
};

static int no_memory(struct finder *finder)
{
	return error_set(finder->err, ERROR_NO_MEMORY, "no memory for who holds the heap");
}

/* --- What the store knows ---------------------------------------------------------------- */

static int load_modules(struct finder *finder)
{
	struct cursor cursor;
	size_t room;

	if (cursor_make_rows(finder->store, &finder->arena, "SELECT count(*) FROM module WHERE profile = 1",
			     sizeof *finder->modules, &finder->modules, &room, finder->err))
		return finder->err->code;
	cursor_open(&cursor, finder->store, &finder->arena,
		    "SELECT id, bias, path, build_id FROM module WHERE profile = 1 ORDER BY id", finder->err);
	while (cursor_next(&cursor) && finder->module_count < room)
		finder->modules[finder->module_count++] = (struct module){
			.id = cursor_number(&cursor, 0), .bias = cursor_number(&cursor, 1),
			.path = cursor_text(&cursor, 2), .build_id = cursor_text(&cursor, 3),
		};
	return cursor_close(&cursor);
}

static int load_threads(struct finder *finder)
{
	struct cursor cursor;
	size_t room;

	if (cursor_make_rows(finder->store, &finder->arena, "SELECT count(*) FROM thread WHERE profile = 1",
			     sizeof *finder->threads, &finder->threads, &room, finder->err))
		return finder->err->code;
	cursor_open(&cursor, finder->store, &finder->arena,
		    "SELECT id, name FROM thread WHERE profile = 1 ORDER BY id", finder->err);
	while (cursor_next(&cursor) && finder->thread_count < room)
		finder->threads[finder->thread_count++] = (struct thread){
			cursor_number(&cursor, 0), cursor_text(&cursor, 1)
		};
	return cursor_close(&cursor);
}

static struct module *find_module(struct finder *finder, uint64_t id)
{
	size_t low = 0, high = finder->module_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (finder->modules[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < finder->module_count && finder->modules[low].id == id ? &finder->modules[low] : NULL;
}

static const char *find_thread(const struct finder *finder, uint64_t id)
{
	size_t low = 0, high = finder->thread_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (finder->threads[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < finder->thread_count && finder->threads[low].id == id ? finder->threads[low].name : NULL;
}

/* --- Symbols ------------------------------------------------------------------------------ */

static unsigned digit_of(char c)
{
	return c >= 'a' ? (unsigned)(c - 'a' + 10) : (unsigned)(c - '0');
}

static struct symbols *symbols_of(const struct finder *finder, struct module *module)
{
	uint8_t build_id[BUILD_ID_MAX];
	struct symbols_request request = {
		.path = module->path, .build_id = build_id, .debuginfod = finder->debuginfod,
	};

	if (module->opened || !module->path)
		return module->symbols;
	for (const char *c = module->build_id; c && c[0] && c[1] && request.build_id_bytes < BUILD_ID_MAX; c += 2)
		build_id[request.build_id_bytes++] = (uint8_t)(digit_of(c[0]) << 4 | digit_of(c[1]));
	module->opened = true;
	module->symbols = symbols_open(&request);
	return module->symbols;
}

static void close_modules(struct finder *finder)
{
	for (size_t i = 0; i < finder->module_count; i++)
		symbols_close(finder->modules[i].symbols);
}

/* --- One holder --------------------------------------------------------------------------- */

static bool is_code(uint8_t holder)
{
	return holder == HELD_BY_STACK || holder == HELD_BY_EXIT_STACK || holder == HELD_BY_REGISTER;
}

static void describe_code(struct finder *finder, uint64_t place, struct view_frame *frame)
{
	struct module *module = find_module(finder, PLACE_MODULE(place));
	struct symbols *symbols = module ? symbols_of(finder, module) : NULL;
	const struct symbols_frame *frames;

	if (!module)
		return;
	frame->module = fill_text(finder->fill, module->path);
	frame->module_offset = PLACE_ADDRESS(place) - 1 - module->bias;
	if (!symbols || !symbols_frames(symbols, frame->module_offset, &frames))
		return;
	frame->function = fill_text(finder->fill, frames[0].function);
	frame->file = fill_text(finder->fill, frames[0].file);
	frame->line = frames[0].line;
}

/* Returns how many bytes from this word on are the same variable's. */
static uint64_t describe_variable(struct finder *finder, const struct heap_graph_root *root,
				  struct view_holder *holder)
{
	struct module *module = find_module(finder, PLACE_MODULE(root->place));
	struct symbols *symbols = module ? symbols_of(finder, module) : NULL;
	bool local = root->holder == HELD_BY_TLS;
	struct symbols_variable found;

	if (!module)
		return 0;
	holder->module = fill_text(finder->fill, module->path);
	holder->offset = PLACE_ADDRESS(root->place) - (local ? 0 : module->bias);
	if (!symbols || !(local ? symbols_thread_local(symbols, holder->offset, &found)
				: symbols_variable(symbols, holder->offset, &found)))
		return 0;
	holder->symbol = fill_text(finder->fill, found.name);
	holder->file = fill_text(finder->fill, found.file);
	holder->line = found.line;
	holder->offset = found.offset;
	return found.bytes > found.offset ? found.bytes - found.offset : 0;
}

static struct view_holder describe(struct finder *finder, const struct heap_graph_root *root,
				   uint64_t *same_bytes)
{
	const struct account_row *account = load_account(finder->fill->loaded, root->account);
	struct view_holder holder = {
		.kind = fill_text(finder->fill, leak_holder_text(root->holder)),
		.thread = fill_text(finder->fill, find_thread(finder, root->tid)), .thread_id = root->tid,
	};

	if (!holder.kind)
		holder.kind = fill_text(finder->fill, leak_holder_text(HELD_BY_UNKNOWN));
	if (is_code(root->holder))
		describe_code(finder, root->place, &holder.frame);
	else if (root->holder == HELD_BY_GLOBAL || root->holder == HELD_BY_TLS)
		*same_bytes = describe_variable(finder, root, &holder);
	else if (root->account && account)
		holder.frame = fill_frame(finder->fill, finder->owners[account->node]);
	leak_words_name(finder->fill, &holder);
	return holder;
}

/* The holder of that name, perhaps a new one: texts are numbered as holders are.  MAP_NONE: no memory. */
static uint32_t number_of(struct finder *finder, const struct view_holder *held_by)
{
	struct graph_holders *holders = finder->holders;
	uint32_t number = intern_add(&finder->texts, held_by->text);

	if (number == MAP_NONE || number < holders->count)
		return number;
	if (holders->count == finder->room) {
		size_t room = finder->room ? 2 * finder->room : 256;
		void *items = reallocarray(holders->items, room, sizeof *holders->items);

		if (!items)
			return MAP_NONE;
		holders->items = items;
		finder->room = room;
	}
	holders->items[holders->count] = (struct graph_holder){ .held_by = *held_by };
	return holders->count++;
}

/* --- All of them -------------------------------------------------------------------------- */

static struct map_key key_of(const struct heap_graph_root *root)
{
	uint64_t who = (uint64_t)root->holder << 32 | root->tid;

	if (root->holder == HELD_BY_MAPPING)
		return (struct map_key){ who, root->account };
	if (root->holder == HELD_BY_GLOBAL && !root->place)
		return (struct map_key){ who, root->address };
	return (struct map_key){ who, root->place };
}

static bool is_in_run(const struct run *run, const struct heap_graph_root *root)
{
	return run->kind == root->holder && run->tid == root->tid &&
	       run->module == PLACE_MODULE(root->place) && PLACE_ADDRESS(root->place) >= run->start &&
	       PLACE_ADDRESS(root->place) < run->end;
}

static uint32_t find_holder(struct finder *finder, const struct heap_graph_root *root)
{
	uint64_t same_bytes = 0, address = PLACE_ADDRESS(root->place);
	struct map_key key = key_of(root);
	uint32_t number;

	if (is_in_run(&finder->run, root))
		return finder->run.holder;
	number = map_get(&finder->keys, key);
	if (number != MAP_NONE)
		return number;
	struct view_holder holder = describe(finder, root, &same_bytes);

	number = holder.text ? number_of(finder, &holder) : MAP_NONE;
	if (number == MAP_NONE || map_add(&finder->keys, key, number) == MAP_NONE)
		return MAP_NONE;
	finder->run = (struct run){
		PLACE_MODULE(root->place), address, address + same_bytes, root->tid, number, root->holder
	};
	return number;
}

static int find_all(struct finder *finder, const struct heap_graph *graph)
{
	struct graph_holders *holders = finder->holders;

	holders->of_root = malloc((graph->root_count + 1) * sizeof *holders->of_root);
	if (!holders->of_root)
		return no_memory(finder);
	for (size_t i = 0; i < graph->root_count; i++) {
		uint32_t number = find_holder(finder, &graph->roots[i]);

		if (number == MAP_NONE)
			return no_memory(finder);
		holders->of_root[i] = number;
		holders->items[number].words++;
	}
	return 0;
}

int graph_holders_find(struct graph_holders *holders, const struct heap_graph *graph, struct store *store,
		       struct fill *fill, const uint32_t *owners, bool debuginfod, struct error *err)
{
	struct finder finder = {
		.holders = holders, .store = store, .fill = fill, .owners = owners, .debuginfod = debuginfod,
		.arena = ARENA_INIT, .err = err,
	};
	int code;

	finder.texts = (struct intern)INTERN_INIT(&finder.arena);
	code = load_modules(&finder);
	if (code == 0)
		code = load_threads(&finder);
	if (code == 0)
		code = find_all(&finder, graph);
	close_modules(&finder);
	map_release(&finder.keys);
	intern_release(&finder.texts);
	arena_release(&finder.arena);
	return code;
}

int graph_holders_anyone(struct graph_holders *holders, const struct heap_graph *graph, struct error *err)
{
	holders->of_root = calloc(graph->root_count + 1, sizeof *holders->of_root);
	holders->items = calloc(1, sizeof *holders->items);
	if (!holders->of_root || !holders->items)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the roots of the heap");
	holders->count = 1;
	return 0;
}

void graph_holders_release(struct graph_holders *holders)
{
	free(holders->items);
	free(holders->of_root);
	*holders = (struct graph_holders)GRAPH_HOLDERS_INIT;
}
