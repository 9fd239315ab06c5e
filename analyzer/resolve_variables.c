#include "analyzer/resolve_variables.h"

#include <stdlib.h>

/* A row that waits for its module. */
struct waiting {
	uint64_t place;
	size_t number;          /* of the row */
	bool local;             /* thread-local: the place is an offset */
};

struct work {
	const struct profile_data *data;
	const struct resolve_options *options;
	struct arena *arena;
	struct resolved *out;
	struct waiting *waiting;
	size_t count;
};

static int compare_waiting(const void *a, const void *b)
{
	const struct waiting *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static size_t count_rows(const struct profile_data *data)
{
	size_t count = 0;

	for (size_t c = 0; c < data->leak_check_count; c++)
		count += data->leak_checks[c].row_count;
	return count;
}

static void collect(struct work *work)
{
	const struct profile_data *data = work->data;
	size_t number = 0;

	for (size_t c = 0; c < data->leak_check_count; c++)
		for (size_t i = 0; i < data->leak_checks[c].row_count; i++, number++) {
			const struct leak_row *row = &data->leak_checks[c].rows[i];

			if ((row->holder == HELD_BY_GLOBAL || row->holder == HELD_BY_TLS) &&
			    PLACE_MODULE(row->holder_place))
				work->waiting[work->count++] = (struct waiting){
					row->holder_place, number, row->holder == HELD_BY_TLS
				};
		}
	qsort(work->waiting, work->count, sizeof *work->waiting, compare_waiting);
}

static struct symbols *open_module(const struct work *work, const struct reader_module *module)
{
	const struct symbols_request request = {
		.path = module->path, .build_id = module->build_id,
		.build_id_bytes = module->build_id_bytes, .debuginfod = work->options->debuginfod,
	};

	return symbols_open(&request);
}

static void resolve_one(struct work *work, struct symbols *symbols, const struct waiting *waiting,
			uint64_t bias)
{
	struct resolved_variable *variable = &work->out->variables[waiting->number];
	struct symbols_variable found;

	variable->offset = PLACE_ADDRESS(waiting->place) - (waiting->local ? 0 : bias);
	if (!symbols || !(waiting->local ? symbols_thread_local(symbols, variable->offset, &found)
					 : symbols_variable(symbols, variable->offset, &found)))
		return;
	variable->name = arena_strdup(work->arena, found.name);
	variable->file = arena_strdup(work->arena, found.file);
	variable->member = arena_strdup(work->arena, found.member);
	variable->line = found.line;
	if (variable->name)
		variable->offset = found.offset;
}

/* The rows of one module; returns how many they were. */
static size_t resolve_module(struct work *work, size_t from)
{
	uint32_t id = PLACE_MODULE(work->waiting[from].place);
	const struct reader_module *module = &work->data->modules[id];
	struct symbols *symbols = open_module(work, module);
	size_t to = from;

	for (; to < work->count && PLACE_MODULE(work->waiting[to].place) == id; to++)
		resolve_one(work, symbols, &work->waiting[to], module->bias);
	symbols_close(symbols);
	return to - from;
}

int resolve_variables(const struct profile_data *data, const struct resolve_options *options,
		      struct arena *arena, struct resolved *out)
{
	size_t rows = count_rows(data);
	struct work work = {
		.data = data, .options = options, .arena = arena, .out = out,
		.waiting = calloc(rows + 1, sizeof *work.waiting),
	};

	out->variables = arena_alloc_array(arena, rows, sizeof *out->variables);
	if (!work.waiting || !out->variables) {
		free(work.waiting);
		return -1;
	}
	collect(&work);
	for (size_t i = 0; i < work.count;)
		i += resolve_module(&work, i);
	free(work.waiting);
	return 0;
}
