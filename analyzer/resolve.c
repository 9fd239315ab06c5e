#include "analyzer/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/debug_files.h"
#include "analyzer/resolve_variables.h"
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
	struct resolve_options options;
	struct arena *arena;
	struct resolved out;
	struct intern texts;
	struct map place_of;            /* of a node's place, and whether it is exact */
	struct map symbol_of;
	size_t frame_capacity, symbol_capacity, node_capacity, place_capacity, frame_place_capacity;
	size_t module_count;            /* of the three arrays by module */
	struct symbols **open;          /* by module; what is kept open */
	struct waiting *waiting;        /* the places of this round */
	size_t waiting_count;
	size_t done;
	bool no_memory;
};

/* Grow an arena's array of `count` to hold `more`: the old one stays until the arena goes. */
static void *grown_by(struct resolver *r, void *items, size_t count, size_t more, size_t *capacity,
		      size_t size)
{
	if (count + more <= *capacity)
		return items;
	size_t wanted = *capacity ? *capacity * 2 : 1024;

	if (wanted < count + more)
		wanted = count + more;
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

static void *grown(struct resolver *r, void *items, size_t count, size_t *capacity, size_t size)
{
	return grown_by(r, items, count, 1, capacity, size);
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
	struct call_frames *frames = &r->out.frames;
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
	struct call_frames *frames = &r->out.frames;
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
	const struct resolved_place *from = &r->out.places[number];
	struct frame_place *place = &r->out.frames.places[number + 1];
	const char *module = from->module ? r->data->modules[from->module].path : NULL;
	const struct symbols_frame *frame = NULL;
	size_t count = 0;

	place->first = (uint32_t)r->out.frames.frame_count;
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
	if (r->options.progress && r->done % PROGRESS_EVERY == 0)
		r->options.progress(r->options.context, "finding source lines", r->done,
				    r->out.place_count);
}

static struct symbols *open_module(struct resolver *r, uint32_t id)
{
	const struct reader_module *module = &r->data->modules[id];
	const struct symbols_request request = {
		.path = module->path, .build_id = module->build_id,
		.build_id_bytes = module->build_id_bytes, .debuginfod = r->options.debuginfod,
	};
	/* The stamp first: a file that comes in between is then looked for again. */
	r->out.module_stamp[id] = debug_files_stamp(&request, r->arena);
	struct symbols *symbols = symbols_open(&request);

	if (!symbols || !r->out.module_stamp[id])
		r->no_memory = true;
	else
		r->out.module_quality[id] = (int)symbols_quality(symbols);
	return symbols;
}

static struct symbols *module_symbols(struct resolver *r, uint32_t id)
{
	if (!r->open[id])
		r->open[id] = open_module(r, id);
	return r->open[id];
}

static void close_module(struct resolver *r, uint32_t id)
{
	symbols_close(r->open[id]);
	r->open[id] = NULL;
}

static uint32_t module_of(const struct resolver *r, size_t waiting)
{
	return r->out.places[r->waiting[waiting].number].module;
}

/* The places of one module; returns how many they were. */
static size_t resolve_module(struct resolver *r, size_t from)
{
	uint32_t id = module_of(r, from);
	struct symbols *symbols = NULL;
	size_t to = from;

	if (id && is_tracer(r->data->modules[id].path)) {
		while (to < r->waiting_count && module_of(r, to) == id)
			to++;
		return to - from;       /* its frames are never shown */
	}
	if (id)
		symbols = module_symbols(r, id);
	for (; to < r->waiting_count && module_of(r, to) == id && !r->no_memory; to++)
		resolve_place(r, symbols, r->waiting[to].number);
	if (!r->options.keep_open)
		close_module(r, id);
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
	struct resolved *out = &r->out;
	uint32_t module = PLACE_MODULE(key);
	bool known = module != MODULE_NONE && module < r->data->module_count;

	r->waiting[r->waiting_count++] = (struct waiting){ key, (uint32_t)out->place_count, exact };
	out->places[out->place_count++] = (struct resolved_place){
		.address = PLACE_ADDRESS(key) - (known ? r->data->modules[module].bias : 0),
		.module = known ? module : MODULE_NONE,
		.exact = exact,
	};
}

/* The place of an address, new or not; PLACE_EMPTY for none, and without memory. */
static uint32_t number_place(struct resolver *r, uint64_t place, bool exact)
{
	struct map_key key = { place, exact };
	uint32_t number = place ? map_add(&r->place_of, key, (uint32_t)r->out.place_count) : MAP_NONE;

	r->no_memory |= place && number == MAP_NONE;
	if (number == MAP_NONE)
		return PLACE_EMPTY;
	if (number == r->out.place_count)
		add_place(r, place, exact);
	return number + 1;
}

/* Number the distinct places of the nodes from `from` on, and tell each node its own. */
static void number_places(struct resolver *r, uint32_t from, const bool *exact)
{
	struct call_frames *frames = &r->out.frames;

	for (uint32_t id = from; id < r->data->node_count; id++) {
		const struct reader_node *node = &r->data->nodes[id];

		frames->nodes[id] = (struct frame_node){
			node->parent, id ? number_place(r, node->place, exact[id]) : PLACE_EMPTY
		};
	}
	frames->node_count = r->data->node_count;
}

static size_t count_holders(const struct profile_data *data)
{
	size_t count = 0;

	for (size_t c = 0; c < data->leak_check_count; c++)
		count += data->leak_checks[c].row_count;
	return count;
}

/* Functions whose frames hold what a leak check found. */
static bool number_holders(struct resolver *r, size_t holders)
{
	size_t number = 0;

	r->out.holder_places = arena_alloc_array(r->arena, holders, sizeof *r->out.holder_places);
	for (size_t c = 0; r->out.holder_places && c < r->data->leak_check_count; c++)
		for (size_t i = 0; i < r->data->leak_checks[c].row_count; i++) {
			const struct leak_row *row = &r->data->leak_checks[c].rows[i];
			bool is_code = row->holder == HELD_BY_STACK || row->holder == HELD_BY_REGISTER ||
				       row->holder == HELD_BY_EXIT_STACK;

			r->out.holder_places[number++] =
				number_place(r, is_code ? row->holder_place : 0, false);
		}
	return r->out.holder_places && !r->no_memory;
}

/* Room for all modules that there are now. */
static bool grow_modules(struct resolver *r)
{
	struct resolved *out = &r->out;
	size_t had = r->module_count, count = r->data->module_count;
	size_t quality = had, stamp = had, open = had;

	if (count <= had)
		return true;
	out->module_quality = grown_by(r, out->module_quality, had, count - had, &quality,
				       sizeof *out->module_quality);
	out->module_stamp = grown_by(r, out->module_stamp, had, count - had, &stamp,
				     sizeof *out->module_stamp);
	r->open = grown_by(r, r->open, had, count - had, &open, sizeof(struct symbols *));
	if (r->no_memory)
		return false;
	for (size_t id = had; id < count; id++)
		out->module_quality[id] = -1;
	r->module_count = count;
	return true;
}

/* Room for the new nodes, and for as many places as they and the holders may have. */
static bool grow_arrays(struct resolver *r, size_t more, size_t holders)
{
	struct resolved *out = &r->out;
	struct call_frames *frames = &out->frames;

	frames->nodes = grown_by(r, frames->nodes, frames->node_count, more, &r->node_capacity,
				 sizeof *frames->nodes);
	out->places = grown_by(r, out->places, out->place_count, more + holders, &r->place_capacity,
			       sizeof *out->places);
	r->waiting = calloc(more + holders + 1, sizeof *r->waiting);
	return !r->no_memory && r->waiting && grow_modules(r);
}

static bool resolve_waiting(struct resolver *r)
{
	struct resolved *out = &r->out;
	struct call_frames *frames = &out->frames;
	size_t had = frames->place_count;

	frames->places = grown_by(r, frames->places, had, out->place_count + 1 - had,
				  &r->frame_place_capacity, sizeof *frames->places);
	if (r->no_memory)
		return false;
	frames->place_count = out->place_count + 1;
	qsort(r->waiting, r->waiting_count, sizeof *r->waiting, compare_waiting);
	for (size_t i = 0; i < r->waiting_count && !r->no_memory;)
		i += resolve_module(r, i);
	return !r->no_memory;
}

static bool extend(struct resolver *r)
{
	size_t had = r->out.frames.node_count, holders = count_holders(r->data);
	bool *exact = find_exact(r->data);
	bool done = exact && grow_arrays(r, r->data->node_count - had, holders);

	if (done) {
		number_places(r, (uint32_t)had, exact);
		done = number_holders(r, holders) && resolve_waiting(r) &&
		       !resolve_variables(r->data, &r->options, r->arena, &r->out);
	}
	free(exact);
	free(r->waiting);
	r->waiting = NULL;
	r->waiting_count = 0;
	return done;
}

struct resolver *resolver_new(const struct resolve_options *options, struct arena *arena)
{
	struct resolver *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->options = *options;
	r->arena = arena;
	r->texts = (struct intern)INTERN_INIT(arena);
	symbol_number(r, (struct frame_symbol){ .function = SYMBOL_UNKNOWN_NAME });
	if (!r->no_memory)
		return r;
	resolver_free(r);
	return NULL;
}

void resolver_free(struct resolver *r)
{
	if (!r)
		return;
	for (uint32_t id = 0; id < r->module_count; id++)
		symbols_close(r->open[id]);
	intern_release(&r->texts);
	map_release(&r->place_of);
	map_release(&r->symbol_of);
	free(r);
}

int resolver_extend(struct resolver *r, const struct profile_data *data, struct error *err)
{
	r->data = data;
	bool done = data->node_count <= r->out.frames.node_count || extend(r);

	r->data = NULL;
	return done ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for the source lines");
}

const struct resolved *resolver_result(const struct resolver *r)
{
	return &r->out;
}

int resolve_profile(const struct profile_data *data, const struct resolve_options *options,
		    struct arena *arena, struct resolved *resolved, struct error *err)
{
	struct resolver *resolver = resolver_new(options, arena);

	if (!resolver)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the source lines");
	int code = resolver_extend(resolver, data, err);

	if (!code)
		*resolved = resolver->out;
	resolver_free(resolver);
	return code;
}

const char *resolve_quality_name(int quality)
{
	static const char *const names[] = { "lines", "names", "missing", "rebuilt" };

	return quality >= 0 && quality <= SYMBOLS_REBUILT ? names[quality] : NULL;
}
