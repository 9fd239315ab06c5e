#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "runner/graph_build.h"
#include "runner/parse.h"

/*
 * A file that lists edges at both ends must not contradict itself: an edge
 * counts as told by the parent when the parent has a list of children.
 */
struct edges {
	struct symbols tasks;
	struct map by_parents, by_children;     /* (task, child) pairs, as each side tells them */
};

struct document {
	json_t *root;
	const json_t *tasks;            /* workflow.specification.tasks */
	json_t *file_bytes;             /* file id -> integer */
	json_t *memory_bytes;           /* task id -> integer */
	struct edges edges;
};

static const char *id_of(const json_t *object)
{
	return json_string_value(json_object_get(object, "id"));
}

static int malformed(const struct graph_builder *builder, struct error *err, const char *what)
{
	return graph_builder_error(builder, 0, err, "not a WfFormat document: %s", what);
}

/* Collect field `key` of each object of an array by its id; those without it are left out. */
static int index_by_id(const struct graph_builder *builder, const json_t *array, const char *key,
		       json_t *index, struct error *err)
{
	size_t i;
	json_t *object;

	json_array_foreach(array, i, object) {
		json_t *value = json_object_get(object, key);
		const char *id = id_of(object);

		if (!value)
			continue;
		if (!id || !json_is_integer(value) || json_integer_value(value) < 0)
			return graph_builder_error(builder, 0, err, "'%s' of '%s' is not a number of bytes",
						   key, id ? id : "(no id)");
		json_t *known = json_object_get(index, id);
		if (known && !json_equal(known, value))
			return graph_builder_error(builder, 0, err, "'%s' has two different '%s'", id, key);
		if (json_object_set(index, id, value) != 0)
			return error_set(err, ERROR_NO_MEMORY, "no memory for a workflow");
	}
	return 0;
}

static int load(struct document *document, const char *bytes, size_t length,
		const struct graph_builder *builder, struct error *err)
{
	json_error_t where;

	document->root = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &where);
	if (!document->root)
		return graph_builder_error(builder, (uint32_t)(where.line > 0 ? where.line : 0), err,
					   "column %d: %s", where.column, where.text);
	const json_t *workflow = json_object_get(document->root, "workflow");
	const json_t *specification = json_object_get(workflow, "specification");
	document->tasks = json_object_get(specification, "tasks");
	if (!json_is_array(document->tasks))
		return malformed(builder, err, "workflow.specification.tasks is no list (schema 1.5)");
	document->file_bytes = json_object();
	document->memory_bytes = json_object();
	if (!document->file_bytes || !document->memory_bytes)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a workflow");
	int code = index_by_id(builder, json_object_get(specification, "files"), "sizeInBytes",
			       document->file_bytes, err);
	if (code != 0)
		return code;
	return index_by_id(builder, json_object_get(json_object_get(workflow, "execution"), "tasks"),
			   "memoryInBytes", document->memory_bytes, err);
}

static void unload(struct document *document)
{
	json_decref(document->root);
	json_decref(document->file_bytes);
	json_decref(document->memory_bytes);
	symbols_release(&document->edges.tasks);
	map_release(&document->edges.by_parents);
	map_release(&document->edges.by_children);
}

/* The sum of the task's output files. */
static int result_bytes(const struct document *document, const json_t *task,
			const struct graph_builder *builder, uint64_t *bytes, struct error *err)
{
	const json_t *files = json_object_get(task, "outputFiles");
	size_t i;
	json_t *file;

	if (files && !json_is_array(files))
		return malformed(builder, err, "outputFiles is no list");
	*bytes = 0;
	json_array_foreach(files, i, file) {
		const char *id = json_string_value(file);
		const json_t *size = id ? json_object_get(document->file_bytes, id) : NULL;

		if (!size)
			return graph_builder_error(builder, 0, err,
						   "task '%s' writes '%s', whose size is not given",
						   id_of(task), id ? id : "(no name)");
		if (__builtin_add_overflow(*bytes, (uint64_t)json_integer_value(size), bytes))
			return graph_builder_error(builder, 0, err, "task '%s' writes more than 16 EiB",
						   id_of(task));
	}
	return 0;
}

static int add_task(const struct document *document, const json_t *task,
		    struct graph_builder *builder, struct error *err)
{
	const char *id = id_of(task);
	uint32_t node;

	if (!id)
		return malformed(builder, err, "a task has no id");
	struct node_spec spec = {
		.name = id,
		.name_length = strlen(id),
		.transient_bytes = (uint64_t)json_integer_value(json_object_get(document->memory_bytes, id)),
	};
	if (result_bytes(document, task, builder, &spec.size_bytes, err) != 0)
		return err->code;
	return graph_builder_add(builder, &spec, &node, err);
}

static int note_edge(struct edges *edges, struct map *side, const char *parent, const char *child,
		     struct error *err)
{
	uint32_t from, to;

	if (symbols_intern(&edges->tasks, parent, strlen(parent), &from, err) != 0 ||
	    symbols_intern(&edges->tasks, child, strlen(child), &to, err) != 0)
		return err->code;
	if (map_add(side, (struct map_key){ from, to }, 0) == MAP_NONE)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a workflow");
	return 0;
}

/* Both lists of one task; edges are told to the builder from either side. */
static int add_edges(struct document *document, uint32_t node, const json_t *task,
		     struct graph_builder *builder, struct error *err)
{
	const char *lists[] = { "parents", "children" };

	for (int is_child = 0; is_child < 2; is_child++) {
		const json_t *list = json_object_get(task, lists[is_child]);
		size_t i;
		json_t *entry;

		if (list && !json_is_array(list))
			return malformed(builder, err, "parents or children is no list");
		json_array_foreach(list, i, entry) {
			const char *other = json_string_value(entry);
			int code;

			if (!other)
				return malformed(builder, err, "a parent or child is no string");
			if (is_child) {
				code = note_edge(&document->edges, &document->edges.by_children,
						 id_of(task), other, err);
			} else {
				code = note_edge(&document->edges, &document->edges.by_parents,
						 other, id_of(task), err);
				if (code == 0)
					code = graph_builder_depend_on(builder, node, other,
								       strlen(other), 0, err);
			}
			if (code != 0)
				return code;
		}
	}
	return 0;
}

static bool told(const struct edges *edges, const struct map *side, const char *parent,
		 const char *child)
{
	struct map_key key = {
		symbols_find(&edges->tasks, parent, strlen(parent)),
		symbols_find(&edges->tasks, child, strlen(child)),
	};

	return map_get(side, key) != MAP_NONE;
}

/* Each edge of this task's lists stands in the other task's list too. */
static int check_edges(const struct document *document, const json_t *task,
		       const struct graph_builder *builder, struct error *err)
{
	const struct edges *edges = &document->edges;
	size_t i;
	json_t *entry;

	json_array_foreach(json_object_get(task, "children"), i, entry)
		if (!told(edges, &edges->by_parents, id_of(task), json_string_value(entry)))
			return graph_builder_error(builder, 0, err,
						   "'%s' names '%s' as a child, which is no task or does not name it as a parent",
						   id_of(task), json_string_value(entry));
	json_array_foreach(json_object_get(task, "parents"), i, entry)
		if (edges->by_children.count &&
		    !told(edges, &edges->by_children, json_string_value(entry), id_of(task)))
			return graph_builder_error(builder, 0, err,
						   "'%s' names '%s' as a parent, which is no task or does not name it as a child",
						   id_of(task), json_string_value(entry));
	return 0;
}

static int build(struct document *document, struct graph_builder *builder, struct error *err)
{
	size_t i;
	json_t *task;

	json_array_foreach(document->tasks, i, task)
		if (add_task(document, task, builder, err) != 0)
			return err->code;
	json_array_foreach(document->tasks, i, task)
		if (add_edges(document, (uint32_t)i, task, builder, err) != 0)
			return err->code;
	json_array_foreach(document->tasks, i, task)
		if (check_edges(document, task, builder, err) != 0)
			return err->code;
	return 0;
}

int parse_wfformat(const char *bytes, size_t length, struct graph_builder *builder,
		   struct error *err)
{
	struct document document = { .edges = { SYMBOLS_INIT, MAP_INIT, MAP_INIT } };
	int code = load(&document, bytes, length, builder, err);

	if (code == 0)
		code = build(&document, builder, err);
	unload(&document);
	return code;
}
