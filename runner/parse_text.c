#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"
#include "runner/graph_build.h"
#include "runner/parse.h"
#include "runner/words.h"

/* An open `map`: its lines go to a builder of its own until `end`. */
struct open_map {
	struct graph_builder *block;    /* NULL: none is open */
	struct node_spec spec;          /* its name is a copy that we own */
	uint64_t items;
	char **deps;
	size_t dep_count;
};

struct reader {
	struct graph_builder *builder;
	struct open_map map;
	uint32_t line;
	char *rest;             /* of the line */
};

/* What a statement is about: the open block, or else the graph. */
static struct graph_builder *target(const struct reader *reader)
{
	return reader->map.block ? reader->map.block : reader->builder;
}

/* 1 and a word, 0 at the end of the line, or an error. */
static int next_word(struct reader *reader, struct word *word, struct error *err)
{
	enum words_result result = words_next(&reader->rest, word);

	if (result == WORDS_UNCLOSED)
		return graph_builder_error(target(reader), reader->line, err, "a quote is not closed");
	return result == WORDS_WORD;
}

static int require_word(struct reader *reader, const char *what, struct word *word,
			struct error *err)
{
	int got = next_word(reader, word, err);

	if (got == 0)
		return graph_builder_error(target(reader), reader->line, err, "%s is missing", what);
	return got < 0 ? got : 0;
}

/* Place a message that lacks one. */
static int at_line(const struct reader *reader, struct error *err)
{
	char message[sizeof err->message];

	memcpy(message, err->message, sizeof message);
	return graph_builder_error(target(reader), reader->line, err, "%s", message);
}

static int read_size(struct reader *reader, const struct word *word, uint64_t *bytes,
		     struct error *err)
{
	return units_parse_size(word->text, bytes, err) == 0 ? 0 : at_line(reader, err);
}

static int read_transient(struct reader *reader, struct node_spec *spec, struct error *err)
{
	struct word word;

	if (require_word(reader, "the transient's size", &word, err) != 0)
		return err->code;
	return read_size(reader, &word, &spec->transient_bytes, err);
}

/* What stands between the name and `<`; 1 when `<` was there. */
static int read_attributes(struct reader *reader, struct node_spec *spec, struct error *err)
{
	struct word word;
	bool sized = false;
	int got, code;

	while ((got = next_word(reader, &word, err)) == 1) {
		if (word_is(&word, "<"))
			return 1;
		if (word_is(&word, "in-place")) {
			spec->flags |= NODE_IN_PLACE;
			continue;
		}
		if (word_is(&word, "transient")) {
			code = read_transient(reader, spec, err);
		} else if (sized) {
			code = graph_builder_error(target(reader), reader->line, err,
						   "'%s' is not understood here (dependencies follow '<')",
						   word.text);
		} else {
			code = read_size(reader, &word, &spec->size_bytes, err);
			sized = true;
		}
		if (code != 0)
			return code;
	}
	return got;
}

static int read_node(struct reader *reader, struct error *err)
{
	struct node_spec spec = { .line = reader->line };
	struct word name, dep;
	uint32_t node;
	int got;

	if (require_word(reader, "the node's name", &name, err) != 0)
		return err->code;
	spec.name = name.text;
	spec.name_length = name.length;
	int deps_follow = read_attributes(reader, &spec, err);
	if (deps_follow < 0)
		return deps_follow;
	int code = graph_builder_add(target(reader), &spec, &node, err);
	if (code != 0 || !deps_follow)
		return code;
	while ((got = next_word(reader, &dep, err)) == 1) {
		code = graph_builder_depend_on(target(reader), node, dep.text, dep.length,
					       reader->line, err);
		if (code != 0)
			return code;
	}
	return got;
}

static int read_outputs(struct reader *reader, struct error *err)
{
	struct word word;
	int code = require_word(reader, "the output's name", &word, err);

	for (int got = 1; code == 0 && got == 1; ) {
		code = graph_builder_request(target(reader), word.text, word.length, reader->line, err);
		if (code == 0)
			got = next_word(reader, &word, err);
		if (got < 0)
			code = got;
	}
	return code;
}

static int read_inputs(struct reader *reader, struct error *err)
{
	struct word word;
	uint32_t node;
	int code = require_word(reader, "the input's name", &word, err);

	for (int got = 1; code == 0 && got == 1; ) {
		struct node_spec spec = { .name = word.text, .name_length = word.length,
					  .flags = NODE_INPUT, .line = reader->line };

		code = graph_builder_add(target(reader), &spec, &node, err);
		if (code == 0)
			got = next_word(reader, &word, err);
		if (got < 0)
			code = got;
	}
	return code;
}

static void close_map(struct open_map *map)
{
	for (size_t i = 0; i < map->dep_count; i++)
		free(map->deps[i]);
	free(map->deps);
	free((char *)map->spec.name);
	graph_builder_free(map->block);
	*map = (struct open_map){ 0 };
}

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory to read a map");
}

static int keep_dep(struct open_map *map, const char *name, struct error *err)
{
	char **deps = reallocarray(map->deps, map->dep_count + 1, sizeof *deps);

	if (!deps)
		return no_memory(err);
	map->deps = deps;
	deps[map->dep_count] = strdup(name);
	if (!deps[map->dep_count])
		return no_memory(err);
	map->dep_count++;
	return 0;
}

/* The rest of the `map` line: `< DEPENDENCY...` or nothing. */
static int read_map_deps(struct reader *reader, struct error *err)
{
	struct word word;
	int got = next_word(reader, &word, err);

	if (got <= 0)
		return got;
	if (!word_is(&word, "<"))
		return graph_builder_error(reader->builder, reader->line, err,
					   "'%s' is not understood here (dependencies follow '<')",
					   word.text);
	while ((got = next_word(reader, &word, err)) == 1)
		if (keep_dep(&reader->map, word.text, err) != 0)
			return err->code;
	return got;
}

static int read_items(struct reader *reader, const struct word *word, struct error *err)
{
	char *end;

	reader->map.items = strtoull(word->text, &end, 10);
	if (*end || end == word->text || word->text[0] == '-' || reader->map.items > UINT32_MAX)
		return graph_builder_error(reader->builder, reader->line, err,
					   "'%s' is not a number of items", word->text);
	return 0;
}

/* The block's one input. */
static int add_item(struct graph_builder *block, uint32_t line, struct error *err)
{
	struct node_spec item = { .name = "item", .name_length = strlen("item"),
				  .flags = NODE_INPUT, .line = line };
	uint32_t node;

	return graph_builder_add(block, &item, &node, err);
}

static int read_map(struct reader *reader, struct error *err)
{
	struct open_map *map = &reader->map;
	struct word name, items;

	if (map->block)
		return graph_builder_error(reader->builder, reader->line, err,
					   "a map stands inside the map of line %u", map->spec.line);
	if (require_word(reader, "the map's name", &name, err) != 0 ||
	    require_word(reader, "the number of items", &items, err) != 0 ||
	    read_items(reader, &items, err) != 0)
		return err->code;
	map->spec = (struct node_spec){ .name = strdup(name.text), .name_length = name.length,
					.line = reader->line };
	if (!map->spec.name)
		return no_memory(err);
	int code = read_map_deps(reader, err);
	if (code != 0)
		return code;
	map->block = graph_builder_new(graph_builder_source(reader->builder),
				       graph_builder_options(reader->builder));
	return map->block ? add_item(map->block, reader->line, err) : no_memory(err);
}

static int read_end(struct reader *reader, struct error *err)
{
	struct open_map *map = &reader->map;
	struct graph *block;
	struct word word;
	uint32_t node;
	int got = next_word(reader, &word, err);

	if (got < 0)
		return got;
	if (got == 1)
		return graph_builder_error(target(reader), reader->line, err,
					   "'%.80s' is not understood after 'end'", word.text);
	if (!map->block)
		return graph_builder_error(reader->builder, reader->line, err, "'end' without a map");
	if (graph_builder_finish(map->block, &block, err) != 0)
		return err->code;
	int code = graph_builder_add_map(reader->builder, &map->spec, map->items, block, &node, err);
	for (size_t i = 0; code == 0 && i < map->dep_count; i++)
		code = graph_builder_depend_on(reader->builder, node, map->deps[i],
					       strlen(map->deps[i]), map->spec.line, err);
	close_map(map);
	return code;
}

static const struct statement {
	const char *keyword;
	int (*read)(struct reader *reader, struct error *err);
} statements[] = {
	{ "node", read_node },
	{ "input", read_inputs },
	{ "output", read_outputs },
	{ "map", read_map },
	{ "end", read_end },
};

/* Attributes and names are read to the line's end by each statement but `end`. */
static int read_statement(struct reader *reader, struct error *err)
{
	struct word word;
	int got = next_word(reader, &word, err);

	if (got <= 0)
		return got;
	for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
		if (word_is(&word, statements[i].keyword))
			return statements[i].read(reader, err);
	return graph_builder_error(target(reader), reader->line, err,
				   "'%.80s' is no statement (node, input, output, map, end)", word.text);
}

/* `line` is a copy that the words are cut from. */
static int read_line(struct reader *reader, const char *begin, size_t length, struct error *err)
{
	if (memchr(begin, '\0', length))
		return graph_builder_error(reader->builder, reader->line, err, "a NUL byte");
	char *line = strndup(begin, length);
	if (!line)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a line of %zu bytes", length);
	reader->rest = line;
	int code = read_statement(reader, err);
	free(line);
	return code;
}

int parse_text(const char *bytes, size_t length, struct graph_builder *builder, struct error *err)
{
	struct reader reader = { .builder = builder };
	const char *end = bytes + length;
	int code = 0;

	while (code == 0 && bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *line_end = newline ? newline : end;

		reader.line++;
		code = read_line(&reader, bytes, (size_t)(line_end - bytes), err);
		bytes = newline ? newline + 1 : end;
	}
	if (code == 0 && reader.map.block)
		code = graph_builder_error(builder, reader.map.spec.line, err,
					   "map '%s' has no end", reader.map.spec.name);
	close_map(&reader.map);
	return code;
}
