#include "analyzer/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/debug_files.h"
#include "base/error.h"
#include "base/intern.h"
#include "base/map.h"

enum { PROGRESS_EVERY = 1024 };

/* A place while it waits for its turn: in the order of modules and addresses. */
struct waiting {
	uint64_t key;           /* struct tree_node.place */
	uint32_t number;        /* of the place */
	bool exact;
};

struct resolver {
	const struct profile_data *data;
	const struct resolve_options *options;
	struct arena *arena;
	struct resolved *out;
	struct intern texts;
	struct map symbol_of;
	size_t frame_capacity, symbol_capacity;
	struct waiting *waiting;
	size_t done;
	bool no_memory;
};

/* Grow an arena's array to hold one more: the old one stays until the arena goes. */
static void *grown(struct resolver *r, void *items, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return items;
	size_t wanted = *capacity ? *capacity * 2 : 1024;
	void *larger = arena_alloc_array(r->arena, wanted, size);

	if (!larger) {
		r->no_memory = true;
		return NULL;
	}
	if (count)
		memcpy(larger, items, count * size);
	*capacity = wanted;
	return larger;
}

static const char *kept(struct resolver *r, const char *text, uint32_t *number)
{
	*number = intern_add(&r->texts, text);
	r->no_memory |= text && *number == MAP_NONE;
	return intern_text(&r->texts, *number);
}

/*
 * The number of a symbol, new or not.  With a function it is (function, module,
 * file, line), without one (module, offset): the key's first part tells which.
 */
static uint32_t symbol_number(struct resolver *r, struct frame_symbol symbol)
{
	struct call_frames *frames = &r->out->frames;
	uint32_t function, file, module;

	symbol.function = kept(r, symbol.function, &function);
	symbol.file = kept(r, symbol.file, &file);
	symbol.module = kept(r, symbol.module, &module);
	uint64_t where = symbol.function ? (uint64_t)file << 32 | symbol.line : symbol.offset;
	struct map_key key = { (uint64_t)function << 32 | module, where };
	uint32_t number = map_get(&r->symbol_of, key);

	if (number != MAP_NONE || r->no_memory)
		return number;
	struct frame_symbol *symbols = grown(r, frames->symbols, frames->symbol_count,
					     &r->symbol_capacity, sizeof *symbols);

	if (!symbols)
		return MAP_NONE;
	frames->symbols = symbols;
	symbols[frames->symbol_count] = symbol;
	r->no_memory |= map_add(&r->symbol_of, key, (uint32_t)frames->symbol_count) == MAP_NONE;
	return (uint32_t)frames->symbol_count++;
}

static void add_frame(struct resolver *r, struct frame_place *place, struct frame_symbol symbol)
{
	struct call_frames *frames = &r->out->frames;
	uint32_t number = symbol_number(r, symbol);
	uint32_t *grown_frames = grown(r, frames->frames, frames->frame_count, &r->frame_capacity,
				       sizeof *grown_frames);

	if (!grown_frames || number == MAP_NONE)
		return;
	frames->frames = grown_frames;
	frames->frames[frames->frame_count++] = number;
	place->count++;
}

/* Frames that stand for what could not be told apart (layout.h). */
static const char *special_name(uint64_t address)
{
	switch (address) {
	case PLACE_FOLDED:
		return "[folded: the profile is full]";
	case PLACE_TRUNCATED:
		return "[callers unknown]";
	case PLACE_SIGNAL:
		return "[signal]";
	default:
		return NULL;
	}
}

/* libdagmem.so, and libdagmem-starpu.so and others that go with it. */
static bool is_tracer(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strncmp(name, "libdagmem.so", strlen("libdagmem.so")) == 0 ||
	       strncmp(name, "libdagmem-", strlen("libdagmem-")) == 0;
}

static void resolve_place(struct resolver *r, struct symbols *symbols, uint32_t number)
{
	const struct resolved_place *from = &r->out->places[number];
	struct frame_place *place = &r->out->frames.places[number + 1];
	const char *module = from->module ? r->data->modules[from->module].path : NULL;
	const struct symbols_frame *frame = NULL;
	size_t count = 0;

	place->first = (uint32_t)r->out->frames.frame_count;
	if (symbols)
		count = symbols_frames(symbols, from->address - !from->exact, &frame);
	for (size_t i = 0; i < count; i++)
		add_frame(r, place, (struct frame_symbol){
			.function = frame[i].function, .file = frame[i].file,
			.line = frame[i].line, .module = module,
			.offset = frame[i].function ? 0 : from->address,
		});
	if (!symbols)
		add_frame(r, place, (struct frame_symbol){
			.function = module ? NULL : special_name(from->address),
			.module = module, .offset = from->address,
		});
	r->done++;
	if (r->options->progress && r->done % PROGRESS_EVERY == 0)
		r->options->progress(r->options->context, "finding source lines", r->done,
				     r->out->place_count);
}

static struct symbols *open_module(struct resolver *r, uint32_t id)
{
	const struct reader_module *module = &r->data->modules[id];
	const struct symbols_request request = {
		.path = module->path, .build_id = module->build_id,
		.build_id_bytes = module->build_id_bytes, .debuginfod = r->options->debuginfod,
	};
	/* The stamp first: a file that comes in between is then looked for again. */
	r->out->module_stamp[id] = debug_files_stamp(&request, r->arena);
	struct symbols *symbols = symbols_open(&request);

	if (!symbols || !r->out->module_stamp[id])
		r->no_memory = true;
	else
		r->out->module_quality[id] = (int)symbols_quality(symbols);
	return symbols;
}

/* The places of one module; returns how many they were. */
static size_t resolve_module(struct resolver *r, size_t from)
{
	uint32_t id = r->out->places[r->waiting[from].number].module;
	struct symbols *symbols = NULL;
	size_t to = from;

	if (id && is_tracer(r->data->modules[id].path)) {
		while (to < r->out->place_count && r->out->places[r->waiting[to].number].module == id)
			to++;
		return to - from;       /* its frames are never shown */
	}
	if (id)
		symbols = open_module(r, id);
	for (; to < r->out->place_count; to++) {
		uint32_t number = r->waiting[to].number;

		if (r->out->places[number].module != id || r->no_memory)
			break;
		resolve_place(r, symbols, number);
	}
	symbols_close(symbols);
	return to - from;
}

static int compare_waiting(const void *a, const void *b)
{
	const struct waiting *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->exact - y->exact;
}

/*
 * What a signal interrupted is the very instruction; elsewhere a node's address
 * is what a call returns to, and the call is before it.  A signal may also come
 * just when a call has returned: the node is then both, and the call's.
 */
static bool *find_exact(const struct profile_data *data)
{
	const uint64_t signal = PLACE(MODULE_NONE, PLACE_SIGNAL);
	bool *exact = calloc(data->node_count, sizeof *exact);

	if (!exact)
		return NULL;
	for (uint32_t id = 1; id < data->node_count; id++)
		if (data->nodes[id].place == signal)
			exact[data->nodes[id].parent] = true;
	for (uint32_t id = 1; id < data->node_count; id++)
		if (data->nodes[id].place != signal)
			exact[data->nodes[id].parent] = false;
	for (uint32_t id = 1; id < data->account_count; id++)
		exact[data->accounts[id].stack] = false;
	return exact;
}

static void add_place(struct resolver *r, uint64_t key, bool exact)
{
	struct resolved *out = r->out;
	uint32_t module = PLACE_MODULE(key);
	bool known = module != MODULE_NONE && module < r->data->module_count;

	r->waiting[out->place_count] = (struct waiting){ key, (uint32_t)out->place_count, exact };
	out->places[out->place_count++] = (struct resolved_place){
		.address = PLACE_ADDRESS(key) - (known ? r->data->modules[module].bias : 0),
		.module = known ? module : MODULE_NONE,
		.exact = exact,
	};
}

/* Number the distinct places, and tell each node its own. */
static bool number_places(struct resolver *r, const bool *exact)
{
	struct call_frames *frames = &r->out->frames;
	struct map places = MAP_INIT;

	for (uint32_t id = 1; id < r->data->node_count; id++) {
		const struct reader_node *node = &r->data->nodes[id];
		struct map_key key = { node->place, exact[id] };

		frames->nodes[id].parent = node->parent;
		if (!node->place)
			continue;
		uint32_t number = map_add(&places, key, (uint32_t)r->out->place_count);

		if (number == MAP_NONE) {
			map_release(&places);
			return false;
		}
		if (number == r->out->place_count)
			add_place(r, node->place, exact[id]);
		frames->nodes[id].place = number + 1;
	}
	map_release(&places);
	return true;
}

static bool make_arrays(struct resolver *r)
{
	struct resolved *out = r->out;
	size_t nodes = r->data->node_count;

	out->frames.node_count = nodes;
	out->frames.nodes = arena_alloc_array(r->arena, nodes, sizeof *out->frames.nodes);
	out->places = arena_alloc_array(r->arena, nodes, sizeof *out->places);
	out->module_quality = arena_alloc_array(r->arena, r->data->module_count,
						sizeof *out->module_quality);
	r->waiting = calloc(nodes, sizeof *r->waiting);
	out->module_stamp = arena_alloc_array(r->arena, r->data->module_count,
					      sizeof *out->module_stamp);
	if (!out->frames.nodes || !out->places || !out->module_quality || !out->module_stamp ||
	    !r->waiting)
		return false;
	for (uint32_t id = 0; id < r->data->module_count; id++) {
		out->module_quality[id] = -1;
		out->module_stamp[id] = NULL;
	}
	return true;
}

static bool resolve_all(struct resolver *r)
{
	struct resolved *out = r->out;

	out->frames.place_count = out->place_count + 1;
	out->frames.places = arena_alloc_array(r->arena, out->frames.place_count,
					       sizeof *out->frames.places);
	if (!out->frames.places)
		return false;
	symbol_number(r, (struct frame_symbol){ .function = SYMBOL_UNKNOWN_NAME });
	qsort(r->waiting, out->place_count, sizeof *r->waiting, compare_waiting);
	for (size_t i = 0; i < out->place_count && !r->no_memory;)
		i += resolve_module(r, i);
	return !r->no_memory;
}

int resolve_profile(const struct profile_data *data, const struct resolve_options *options,
		    struct arena *arena, struct resolved *resolved, struct error *err)
{
	struct resolved out = { .place_count = 0 };
	struct resolver r = {
		.data = data, .options = options, .arena = arena, .out = &out,
		.texts = INTERN_INIT(arena),
	};
	bool *exact = find_exact(data);
	bool done = exact && make_arrays(&r) && number_places(&r, exact) && resolve_all(&r);

	intern_release(&r.texts);
	free(exact);
	free(r.waiting);
	map_release(&r.symbol_of);
	if (!done)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the source lines");
	*resolved = out;
	return 0;
}

const char *resolve_quality_name(int quality)
{
	static const char *const names[] = { "lines", "names", "missing", "rebuilt" };

	return quality >= 0 && quality <= SYMBOLS_REBUILT ? names[quality] : NULL;
}
