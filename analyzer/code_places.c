#include "analyzer/code_places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/symbols.h"
#include "base/error.h"
#include "base/intern.h"

struct naming {
	const struct profile_data *data;
	const struct resolve_options *options;
	struct arena *arena;
	struct symbols **symbols;       /* by module id; NULL: not opened */
	struct intern asked;            /* names that hold a place; by number: */
	const char **answer;
	size_t answer_capacity;
};

/* {MODULE+0xADDRESS}, or with @: the function there. */
struct code_place {
	const char *open, *close;       /* the braces */
	const char *module;
	size_t module_length;
	uint64_t address;
	bool function;
};

static bool find_place(const char *name, struct code_place *place)
{
	const char *open = strchr(name, '{');
	const char *close = open ? strchr(open, '}') : NULL;
	const char *sign = close;
	char *end;

	while (sign && sign > open && *sign != '+' && *sign != '@')
		sign--;
	if (!sign || sign <= open || strncmp(sign + 1, "0x", 2) != 0)
		return false;
	*place = (struct code_place){
		.open = open, .close = close, .module = open + 1,
		.module_length = (size_t)(sign - open - 1),
		.address = strtoull(sign + 1, &end, 16), .function = *sign == '@',
	};
	return end == close;
}

/* The module of that file name; 0 when there is none, or several. */
static uint32_t find_module(const struct naming *n, const struct code_place *place)
{
	uint32_t found = 0;

	for (uint32_t id = 1; id < n->data->module_count; id++) {
		const char *path = n->data->modules[id].path;
		const char *slash = path ? strrchr(path, '/') : NULL;
		const char *base = slash ? slash + 1 : path;

		if (!base || strlen(base) != place->module_length ||
		    strncmp(base, place->module, place->module_length) != 0)
			continue;
		if (found && strcmp(n->data->modules[found].path, path) != 0)
			return 0;
		found = id;
	}
	return found;
}

/* NULL: without memory. */
static struct symbols *symbols_of(struct naming *n, uint32_t id)
{
	const struct reader_module *module = &n->data->modules[id];

	if (!n->symbols[id])
		n->symbols[id] = symbols_open(&(struct symbols_request){
			.path = module->path, .build_id = module->build_id,
			.build_id_bytes = module->build_id_bytes, .debuginfod = n->options->debuginfod,
		});
	return n->symbols[id];
}

static const char *describe(const struct naming *n, const struct code_place *place,
			    const struct symbols_frame *frames, size_t count)
{
	const struct symbols_frame *inner = &frames[0], *outer = &frames[count ? count - 1 : 0];

	if (count && place->function && outer->function)
		return outer->function;
	if (count && inner->file && inner->line) {
		const char *slash = strrchr(inner->file, '/');

		return arena_printf(n->arena, "%s:%u", slash ? slash + 1 : inner->file, inner->line);
	}
	return arena_strndup(n->arena, place->module, (size_t)(place->close - place->module));
}

/* A name of a module that the profile does not know is left alone: it may be the program's own. */
static const char *name_anew(struct naming *n, const char *name, const struct code_place *place)
{
	uint32_t module = find_module(n, place);
	struct symbols *symbols = module ? symbols_of(n, module) : NULL;
	const struct symbols_frame *frames = NULL;
	size_t count = symbols ? symbols_frames(symbols, place->address, &frames) : 0;
	const char *text;

	if (!module)
		return name;
	text = describe(n, place, frames, count);
	return text ? arena_printf(n->arena, "%.*s%s%s", (int)(place->open - name), name, text,
				   place->close + 1) : NULL;
}

/* Many nodes have one name: each is looked up once.  NULL: no memory. */
static const char *answer(struct naming *n, const char *name, const struct code_place *place)
{
	uint32_t number = intern_add(&n->asked, name);

	if (number == MAP_NONE)
		return NULL;
	if (number >= n->answer_capacity) {
		size_t capacity = n->answer_capacity ? 2 * n->answer_capacity : 64;
		const char **larger = arena_alloc_array(n->arena, capacity, sizeof *larger);

		if (!larger)
			return NULL;
		if (n->answer_capacity)
			memcpy(larger, n->answer, n->answer_capacity * sizeof *larger);
		n->answer = larger;
		n->answer_capacity = capacity;
	}
	if (!n->answer[number])
		n->answer[number] = name_anew(n, name, place);
	return n->answer[number];
}

/* False: no memory. */
static bool rename_one(struct naming *n, const char **name)
{
	struct code_place place;
	const char *fresh;

	if (!*name || !find_place(*name, &place))
		return true;
	fresh = answer(n, *name, &place);
	if (fresh)
		*name = fresh;
	return fresh != NULL;
}

/* Of a run there is so much room; a name that is cut loses its end. */
static bool rename_run(struct naming *n, struct dag_run *run)
{
	const char *name = run->name;

	if (!rename_one(n, &name))
		return false;
	if (name != run->name)
		snprintf(run->name, sizeof run->name, "%s", name);
	return true;
}

int code_places_name(struct profile_data *data, const struct resolve_options *options,
		     struct arena *arena, struct error *err)
{
	struct naming n = {
		.data = data, .options = options, .arena = arena, .asked = INTERN_INIT(arena),
		.symbols = calloc(data->module_count + 1, sizeof(void *)),
	};
	bool done = n.symbols != NULL;

	for (uint32_t id = 1; done && id < data->dag_node_count; id++)
		done = rename_one(&n, &data->dag_nodes[id].name);
	for (size_t i = 0; done && i < data->run_count; i++)
		done = rename_run(&n, &data->runs[i]);
	for (uint32_t id = 0; n.symbols && id < data->module_count; id++)
		symbols_close(n.symbols[id]);
	free(n.symbols);
	intern_release(&n.asked);
	return done ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for the names of nodes");
}
