#include "analyzer/group.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What a key's high half begins with, so that kinds of groups can't be mixed up. */
enum tag {
	TAG_LINE = 1,           /* file, line */
	TAG_FUNCTION,           /* function; file, or module without file */
	TAG_ADDRESS,            /* module, offset: nothing better is known */
	TAG_FILE,
	TAG_MODULE,
	TAG_DAG_NODE,           /* name */
	TAG_NAMELESS_DAG_NODE,  /* id: 0 is outside any */
	TAG_FRAME,              /* function; file and line */
	TAG_FRAME_IN_MODULE,    /* function; module */
	TAG_STACK,              /* stack of the caller; frame */
};

void groups_init(struct groups *groups)
{
	*groups = (struct groups){ .arena = ARENA_INIT };
	groups->texts = (struct intern)INTERN_INIT(&groups->arena);
}

void groups_release(struct groups *groups)
{
	intern_release(&groups->texts);
	map_release(&groups->numbers);
	arena_release(&groups->arena);
}

size_t groups_count(const struct groups *groups)
{
	return groups->numbers.count;
}

static uint32_t number(struct groups *groups, enum tag tag, uint32_t first, uint64_t second)
{
	struct map_key key = { (uint64_t)tag << 32 | first, second };

	return map_add(&groups->numbers, key, (uint32_t)groups->numbers.count);
}

/* NULL is a text of its own: MAP_NONE. */
static uint32_t text(struct groups *groups, const char *words)
{
	return intern_add(&groups->texts, words);
}

static uint32_t path(struct groups *groups, const char *words)
{
	const char *slash = words && groups->short_paths ? strrchr(words, '/') : NULL;

	return text(groups, slash ? slash + 1 : words);
}

static uint32_t group_address(struct groups *groups, const struct frame_symbol *symbol)
{
	return number(groups, TAG_ADDRESS, path(groups, symbol->module), symbol->offset);
}

static uint32_t group_function(struct groups *groups, const struct frame_symbol *symbol)
{
	const char *where = symbol->file ? symbol->file : symbol->module;

	if (!symbol->function)
		return group_address(groups, symbol);
	return number(groups, TAG_FUNCTION, text(groups, symbol->function), path(groups, where));
}

static uint32_t group_line(struct groups *groups, const struct frame_symbol *symbol)
{
	if (!symbol->line)
		return group_function(groups, symbol);
	return number(groups, TAG_LINE, path(groups, symbol->file), symbol->line);
}

static uint32_t group_module(struct groups *groups, const struct frame_symbol *symbol)
{
	return number(groups, TAG_MODULE, path(groups, symbol->module), 0);
}

static uint32_t group_file(struct groups *groups, const struct frame_symbol *symbol)
{
	if (!symbol->file)
		return group_module(groups, symbol);
	return number(groups, TAG_FILE, path(groups, symbol->file), 0);
}

static uint32_t group_frame(struct groups *groups, const struct frame_symbol *symbol)
{
	if (!symbol->function && !symbol->file)
		return group_address(groups, symbol);
	uint32_t function = text(groups, symbol->function);

	if (!symbol->file)
		return number(groups, TAG_FRAME_IN_MODULE, function, path(groups, symbol->module));
	return number(groups, TAG_FRAME, function,
		      (uint64_t)path(groups, symbol->file) << 32 | symbol->line);
}

uint32_t group_of_dag_node(struct groups *groups, const char *name, uint32_t dag_node)
{
	return name ? number(groups, TAG_DAG_NODE, text(groups, name), 0)
		    : number(groups, TAG_NAMELESS_DAG_NODE, dag_node, 0);
}

typedef uint32_t group_fn(struct groups *, const struct frame_symbol *);

static int number_symbols(struct groups *groups, const struct call_frames *frames, group_fn *group,
			  uint32_t *numbers)
{
	for (size_t i = 0; i < frames->symbol_count; i++) {
		numbers[i] = group(groups, &frames->symbols[i]);
		if (numbers[i] == MAP_NONE)
			return -1;
	}
	return 0;
}

int groups_of_symbols(struct groups *groups, const struct call_frames *frames, enum grouping by,
		      uint32_t *numbers)
{
	static group_fn *const functions[GROUPINGS] = {
		[BY_LINE] = group_line, [BY_FUNCTION] = group_function, [BY_FILE] = group_file,
		[BY_MODULE] = group_module,
	};

	return number_symbols(groups, frames, functions[by] ? functions[by] : group_line, numbers);
}

/* One more call site on a stack: its frames from the outermost inward. */
static uint32_t extend_stack(struct groups *groups, const struct call_frames *frames,
			     const struct frame_place *place, const uint32_t *frame_numbers,
			     uint32_t stack)
{
	for (uint32_t i = place->count; i-- > 0;) {
		uint32_t symbol = frames->frames[place->first + i];

		stack = number(groups, TAG_STACK, stack, frame_numbers[symbol]);
	}
	return stack;
}

int groups_of_stacks(struct groups *groups, const struct call_frames *frames, uint32_t *numbers)
{
	uint32_t *frame_numbers = calloc(frames->symbol_count + 1, sizeof *frame_numbers);
	int result = frame_numbers ? number_symbols(groups, frames, group_frame, frame_numbers) : -1;

	for (size_t id = 0; id < frames->node_count && !result; id++) {
		const struct frame_node *node = &frames->nodes[id];
		uint32_t caller = id ? numbers[node->parent] : number(groups, TAG_STACK, MAP_NONE, 0);

		numbers[id] = extend_stack(groups, frames, &frames->places[node->place],
					   frame_numbers, caller);
		result = numbers[id] == MAP_NONE ? -1 : 0;
	}
	free(frame_numbers);
	return result;
}
