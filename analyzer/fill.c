#include "analyzer/fill.h"

#include <errno.h>
#include <string.h>

#include "analyzer/source.h"

void fill_init(struct fill *fill, const struct loaded *loaded, struct arena *arena)
{
	*fill = (struct fill){ .loaded = loaded, .arena = arena, .texts = INTERN_INIT(arena) };
}

void fill_release(struct fill *fill)
{
	intern_release(&fill->texts);
}

const char *fill_text(struct fill *fill, const char *text)
{
	const char *kept = intern_text(&fill->texts, intern_add(&fill->texts, text));

	fill->failed |= text && !kept;
	return kept;
}

void *fill_array(struct fill *fill, size_t count, size_t size_bytes)
{
	void *array = arena_alloc_array(fill->arena, count, size_bytes);

	fill->failed |= !array;
	return array;
}

/* A NULL-terminated copy of `count` texts. */
static const char **copy_texts(struct fill *fill, const char *const *texts, size_t count)
{
	const char **copy = fill_array(fill, count + 1, sizeof *copy);

	for (size_t i = 0; copy && i < count; i++)
		copy[i] = fill_text(fill, texts[i]);
	return copy;
}

struct view_process fill_process(struct fill *fill, const struct view_process *from)
{
	struct view_process process = *from;
	size_t arguments = 0;

	while (process.command[arguments])
		arguments++;
	process.command = copy_texts(fill, process.command, arguments);
	process.executable = fill_text(fill, process.executable);
	process.directory = fill_text(fill, process.directory);
	process.profile_path = fill_text(fill, process.profile_path);
	process.state = fill_text(fill, process.state);
	return process;
}

/* Of the modules that count in modules_without_debug_info. */
static void fill_plain_modules(struct fill *fill, struct view_quality *quality)
{
	const struct loaded *loaded = fill->loaded;

	quality->plain_modules = fill_array(fill, loaded->module_count, sizeof *quality->plain_modules);
	for (size_t i = 0; quality->plain_modules && i < loaded->module_count; i++) {
		const struct module_row *module = &loaded->modules[i];

		if (module->path && module->symbols && strcmp(module->symbols, "lines") != 0)
			quality->plain_modules[quality->plain_module_count++] =
				fill_text(fill, module->path);
	}
}

struct view_quality fill_quality(struct fill *fill)
{
	struct view_quality quality = fill->loaded->quality;

	fill_plain_modules(fill, &quality);
	quality.notes = copy_texts(fill, quality.notes, quality.note_count);
	return quality;
}

struct view_frame fill_frame(struct fill *fill, uint32_t symbol)
{
	const struct frame_symbol *from = &fill->loaded->frames.symbols[symbol];

	return (struct view_frame){
		.function = fill_text(fill, from->function), .file = fill_text(fill, from->file),
		.module = fill_text(fill, from->module), .module_offset = from->offset,
		.line = from->line,
	};
}

static size_t count_frames(const struct call_frames *frames, uint32_t node)
{
	size_t count = 0;

	for (; node; node = frames->nodes[node].parent)
		count += frames->places[frames->nodes[node].place].count;
	return count;
}

const struct view_frame *fill_stack(struct fill *fill, uint32_t node, size_t *count)
{
	const struct call_frames *frames = &fill->loaded->frames;
	size_t at = count_frames(frames, node);
	struct view_frame *stack = fill_array(fill, at, sizeof *stack);

	*count = stack ? at : 0;
	for (; stack && node; node = frames->nodes[node].parent) {
		const struct frame_place *place = &frames->places[frames->nodes[node].place];

		for (uint32_t i = 0; i < place->count; i++) {
			stack[--at] = fill_frame(fill, frames->frames[place->first + i]);
			stack[at].inlined = i + 1 < place->count;
		}
	}
	return stack;
}

static const char *name_of_node(struct fill *fill, uint32_t dag_node)
{
	const char *name = load_dag_node_name(fill->loaded, dag_node);

	if (!dag_node)
		return fill_text(fill, VIEW_OUTSIDE_NODES);
	return name ? fill_text(fill, name) : arena_printf(fill->arena, "node %u", dag_node);
}

const char *fill_name(struct fill *fill, enum grouping by, uint32_t symbol, uint32_t dag_node)
{
	const struct frame_symbol *from = &fill->loaded->frames.symbols[symbol];
	const char *module = from->module ? from->module : SYMBOL_UNKNOWN_NAME;

	switch (by) {
	case BY_FILE:
		return fill_text(fill, from->file ? from->file : module);
	case BY_MODULE:
		return fill_text(fill, module);
	case BY_NODE:
		return name_of_node(fill, dag_node);
	default:
		return NULL;
	}
}

struct view_mark *fill_marks(struct fill *fill, size_t *count)
{
	const struct loaded *loaded = fill->loaded;
	struct view_mark *marks = fill_array(fill, loaded->snapshot_count, sizeof *marks);

	*count = marks ? loaded->snapshot_count : 0;
	for (size_t i = 0; i < *count; i++)
		marks[i] = (struct view_mark){
			loaded->snapshots[i].time_ns,
			fill_text(fill, loaded->snapshots[i].label),
			loaded->snapshots[i].automatic,
		};
	return marks;
}

void fill_source(struct fill *fill, struct view_frame *frame)
{
	errno = 0;
	frame->source = source_line(frame->file, frame->line, fill->loaded->process.profile_path,
				    fill->arena);
	fill->failed |= !frame->source && errno == ENOMEM;
}
