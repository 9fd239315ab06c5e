#include "cli/profile_nodes.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "cli/make_graph.h"
#include "cli/profile_map.h"
#include "profile/pages.h"

/* Where the next record goes. */
struct writer {
	struct pages *pages;
	uint8_t *page;                  /* NULL: none yet */
	uint32_t used;
};

static struct record *room_for(struct writer *writer, uint32_t bytes)
{
	uint32_t left = PAGE_BYTES - writer->used;

	if (writer->page && left < bytes) {
		if (left >= sizeof(struct record))
			*(struct record *)(writer->page + writer->used) = (struct record){ left, RECORD_PAD };
		writer->page = NULL;
	}
	if (!writer->page) {
		struct profile_header *header = writer->pages->header;

		writer->page = pages_add(writer->pages, PAGE_JOURNAL, 0, header->journal_pages);
		writer->used = 0;
		if (!writer->page)
			return NULL;
		header->journal_pages++;
	}
	writer->used += bytes;
	return (struct record *)(writer->page + writer->used - bytes);
}

/* One record of a node: its name, and some of what it needs. */
static bool append(struct writer *writer, uint32_t id, const char *name, const uint32_t *need,
		   size_t count)
{
	size_t length = strnlen(name, DAG_NAME_MAX - 1);
	uint32_t bytes = (uint32_t)((sizeof(struct dag_node_record) + count * sizeof *need + length + 8) & ~7u);
	struct dag_node_record *record = (struct dag_node_record *)room_for(writer, bytes);

	if (!record)
		return false;
	record->record.size_bytes = bytes;
	record->id = id;
	record->dependencies = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		record->dependency[i] = need[i] + 1;    /* ids count from 1 */
	memcpy(record->dependency + count, name, length);
	record->record.type = RECORD_DAG_NODE;
	return true;
}

static bool append_node(struct writer *writer, uint32_t id, const struct make_node *node)
{
	const char *name = node->name;
	size_t done = 0;

	do {
		size_t some = node->need_count - done;

		if (some > DAG_DEPENDENCIES_PER_RECORD)
			some = DAG_DEPENDENCIES_PER_RECORD;
		if (!append(writer, id, name, node->need + done, some))
			return false;
		done += some;
		name = "";
	} while (done < node->need_count);
	return true;
}

int profile_nodes_append(int fd, const struct make_graph *graph, struct error *err)
{
	struct profile_map *map = profile_map_open(fd);
	struct writer writer = { 0 };
	bool done = map != NULL;

	if (!map)
		return error_set(err, ERROR_SYSTEM, "cannot map the profile");
	writer.pages = profile_map_pages(map);
	uint32_t first = writer.pages->header->dag_nodes;

	/* Ids are places in the graph, counted from 1: a program that announced its own has those. */
	for (size_t i = 0; done && !first && i < graph->count; i++)
		done = append_node(&writer, (uint32_t)i + 1, &graph->nodes[i]);
	if (done && !first)
		writer.pages->header->dag_nodes = (uint32_t)graph->count;
	profile_map_close(map);
	return done ? 0 : error_set(err, ERROR_SYSTEM, "the profile is full: the build's targets are not in it");
}
