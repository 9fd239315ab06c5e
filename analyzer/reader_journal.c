#include "analyzer/reader_parts.h"

#include <string.h>

#include "base/error.h"

enum {
	TEXTS_MAX = 4096,       /* notes and arguments that are kept */
	MODULES_AHEAD = 256,    /* records may be there before the header counts them */
	EDGES_FIRST = 1024,
	DAG_MISUSES_MAX = 1024,
};

struct journal {
	struct arena *arena;
	struct profile_data *data;
	const char **notes;
	uint32_t module_limit;  /* ids are below */
	size_t edge_capacity;
	bool no_memory;
};

static const char *keep(struct journal *journal, const char *text, size_t length)
{
	const char *copy = arena_strndup(journal->arena, text, length);

	journal->no_memory |= !copy;
	return copy;
}

/* The text of a record up to its NUL, or to its end. */
static const char *keep_text(struct journal *journal, const struct record *record)
{
	const char *text = (const char *)(record + 1);

	return keep(journal, text, strnlen(text, record->size_bytes - sizeof *record));
}

static void add_note(struct journal *journal, const struct record *record)
{
	if (journal->data->notes.count < TEXTS_MAX)
		journal->notes[journal->data->notes.count++] = keep_text(journal, record);
}

/* NUL-terminated arguments; zeroes after the last are padding. */
static void read_command(struct journal *journal, const struct record *record)
{
	const char *text = (const char *)(record + 1);
	size_t left = record->size_bytes - sizeof *record;
	const char **arguments = arena_alloc_array(journal->arena, TEXTS_MAX, sizeof *arguments);
	size_t count = 0, kept = 0;

	if (!arguments) {
		journal->no_memory = true;
		return;
	}
	while (left && count + 1 < TEXTS_MAX) {
		size_t length = strnlen(text, left);

		arguments[count++] = keep(journal, text, length);
		if (length)
			kept = count;
		if (length == left)
			break;
		text += length + 1;
		left -= length + 1;
	}
	/* Empty arguments at the end can't be told from padding. */
	arguments[kept] = NULL;
	journal->data->command = (struct reader_texts){ arguments, kept };
}

static bool read_module(struct journal *journal, const struct record *record)
{
	const struct module_record *from = (const struct module_record *)record;
	struct profile_data *data = journal->data;

	if (record->size_bytes < sizeof *from || from->id == MODULE_NONE ||
	    from->id >= journal->module_limit || from->build_id_bytes > BUILD_ID_MAX || from->start > from->end)
		return false;
	struct reader_module *module = &data->modules[from->id];

	*module = (struct reader_module){
		.path = keep(journal, from->path,
			     strnlen(from->path, record->size_bytes - sizeof *from)),
		.start = from->start, .end = from->end, .bias = from->bias,
		.build_id_bytes = from->build_id_bytes,
	};
	memcpy(module->build_id, from->build_id, from->build_id_bytes);
	if (data->module_count <= from->id)
		data->module_count = from->id + 1;
	return true;
}

static bool read_module_gone(struct journal *journal, const struct record *record)
{
	const struct u32_record *gone = (const struct u32_record *)record;

	if (record->size_bytes < sizeof *gone || gone->value[0] >= journal->data->module_count)
		return false;
	journal->data->modules[gone->value[0]].gone = true;
	return true;
}

static bool read_carry(struct journal *journal, const struct record *record)
{
	const struct carry_record *carry = (const struct carry_record *)record;

	if (record->size_bytes < sizeof *carry || carry->account >= journal->data->account_count)
		return false;
	journal->data->accounts[carry->account].sums.temporaries += UINT64_C(1) << 32;
	return true;
}

static bool has_edge_room(struct journal *journal)
{
	struct profile_data *data = journal->data;
	size_t capacity = journal->edge_capacity ? 2 * journal->edge_capacity : EDGES_FIRST;
	struct reader_dag_edge *edges;

	if (data->dag_edge_count < journal->edge_capacity)
		return true;
	edges = arena_alloc_array(journal->arena, capacity, sizeof *edges);
	if (!edges)
		return false;
	if (data->dag_edge_count)
		memcpy(edges, data->dag_edges, data->dag_edge_count * sizeof *edges);
	data->dag_edges = edges;
	journal->edge_capacity = capacity;
	return true;
}

static bool add_edge(struct journal *journal, uint32_t node, uint32_t dependency)
{
	struct profile_data *data = journal->data;

	if (!dependency || dependency >= node)
		return false;
	if (!has_edge_room(journal))
		journal->no_memory = true;
	else
		data->dag_edges[data->dag_edge_count++] = (struct reader_dag_edge){
			node, data->dag_nodes[node].dependencies++, dependency
		};
	return true;
}

static bool read_dag_node(struct journal *journal, const struct record *record)
{
	const struct dag_node_record *from = (const struct dag_node_record *)record;
	struct profile_data *data = journal->data;
	size_t room = record->size_bytes - sizeof *from;
	const char *name;

	if (!data->dag_nodes)
		return true;
	if (record->size_bytes < sizeof *from || !from->id || from->id >= data->dag_node_count ||
	    from->dependencies > room / sizeof *from->dependency)
		return false;
	for (uint32_t i = 0; i < from->dependencies; i++)
		if (!add_edge(journal, from->id, from->dependency[i]))
			return false;
	name = (const char *)(from->dependency + from->dependencies);
	room -= from->dependencies * sizeof *from->dependency;
	if (room && *name && !data->dag_nodes[from->id].name)
		data->dag_nodes[from->id].name = keep(journal, name, strnlen(name, room));
	return true;
}

static bool read_dag_output(struct journal *journal, const struct record *record)
{
	const struct u32_record *output = (const struct u32_record *)record;
	struct profile_data *data = journal->data;

	if (!data->dag_nodes)
		return true;
	if (record->size_bytes < sizeof *output || output->value[0] >= data->dag_node_count)
		return false;
	data->dag_nodes[output->value[0]].requested = true;
	return true;
}

static bool read_misuse(struct journal *journal, const struct record *record)
{
	const struct dag_misuse_record *misuse = (const struct dag_misuse_record *)record;
	struct profile_data *data = journal->data;

	if (record->size_bytes < sizeof *misuse || misuse->kind >= MISUSES)
		return false;
	if (data->misuses && data->misuse_count < DAG_MISUSES_MAX)
		data->misuses[data->misuse_count++] =
			(struct reader_misuse){ misuse->kind, misuse->node };
	return true;
}

/* False: the record is wrong, and so is what follows it. */
static bool read_record(struct journal *journal, const struct record *record)
{
	switch (record->type) {
	case RECORD_COMMAND:
		read_command(journal, record);
		return true;
	case RECORD_EXECUTABLE:
		journal->data->executable = keep_text(journal, record);
		return true;
	case RECORD_DIRECTORY:
		journal->data->directory = keep_text(journal, record);
		return true;
	case RECORD_OPTIONS:
		journal->data->options = keep_text(journal, record);
		return true;
	case RECORD_PROCESS_NODE:
		journal->data->process_node = keep_text(journal, record);
		return true;
	case RECORD_NOTE:
		add_note(journal, record);
		return true;
	case RECORD_MODULE:
		return read_module(journal, record);
	case RECORD_MODULE_GONE:
		return read_module_gone(journal, record);
	case RECORD_CARRY:
		return read_carry(journal, record);
	case RECORD_DAG_NODE:
		return read_dag_node(journal, record);
	case RECORD_DAG_OUTPUT:
		return read_dag_output(journal, record);
	case RECORD_DAG_MISUSE:
		return read_misuse(journal, record);
	default:                /* of no interest here, or of a later minor version */
		return true;
	}
}

static bool read_page(struct journal *journal, const char *bytes)
{
	for (size_t at = 0; at + sizeof(struct record) <= PAGE_BYTES;) {
		const struct record *record = (const struct record *)(bytes + at);

		if (record->type == RECORD_NONE)
			return true;
		if (record->size_bytes < sizeof *record || record->size_bytes % 8 != 0 ||
		    record->size_bytes > PAGE_BYTES - at)
			return false;
		if (!read_record(journal, record))
			return false;
		at += record->size_bytes;
	}
	return true;
}

/* Bounded by what the header counts, so that lists of many profiles stay small. */
static uint32_t module_limit(const struct profile_header *header)
{
	uint32_t most = MODULES_MAX + 1;

	return header->modules < most - MODULES_AHEAD ? header->modules + MODULES_AHEAD : most;
}

/* As many as the header counts and the journal can hold; none for lists of profiles. */
static bool make_dag_nodes(struct arena *arena, struct profile_data *data, size_t pages)
{
	size_t most = pages * (PAGE_BYTES / sizeof(struct dag_node_record)) + 1;
	size_t count = (size_t)data->header.dag_nodes + MODULES_AHEAD;

	if (!data->nodes)
		return true;
	data->dag_node_count = (uint32_t)(count < most ? count : most);
	data->dag_nodes = arena_alloc_array(arena, data->dag_node_count, sizeof *data->dag_nodes);
	data->misuses = arena_alloc_array(arena, DAG_MISUSES_MAX, sizeof *data->misuses);
	return data->dag_nodes && data->misuses;
}

/* A node in a module that was never announced keeps its address. */
static void forget_unknown_modules(struct page_index *index, struct profile_data *data)
{
	for (uint32_t id = 1; id < data->node_count; id++) {
		uint32_t module = PLACE_MODULE(data->nodes[id].place);

		if (module == MODULE_NONE || module == MODULE_OVERFLOW ||
		    (module < data->module_count && data->modules[module].path))
			continue;
		data->nodes[id].place = PLACE(MODULE_OVERFLOW, PLACE_ADDRESS(data->nodes[id].place));
		index->damaged_pages++;
	}
}

int reader_journal(struct page_index *index, struct arena *arena, struct profile_data *data,
		   struct error *err)
{
	struct page_run run = page_index_kind(index, PAGE_JOURNAL);
	struct journal journal = { .arena = arena, .data = data };
	_Alignas(8) char copy[PAGE_BYTES];

	journal.notes = arena_alloc_array(arena, TEXTS_MAX, sizeof *journal.notes);
	journal.module_limit = module_limit(&data->header);
	data->modules = arena_alloc_array(arena, journal.module_limit, sizeof *data->modules);
	if (!journal.notes || !data->modules || !make_dag_nodes(arena, data, run.count))
		return reader_no_memory(err);
	data->notes.items = journal.notes;
	data->module_count = 1;
	for (size_t i = 0; i < run.count; i++)
		if (page_index_copy(index, &run.first[i], copy) && !read_page(&journal, copy))
			index->damaged_pages++;
	if (journal.no_memory)
		return reader_no_memory(err);
	if (data->nodes)
		forget_unknown_modules(index, data);
	return 0;
}
