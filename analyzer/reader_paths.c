#include "analyzer/reader_parts.h"
#include "base/error.h"
#include "base/map.h"
#include "profile/subject.h"

/*
 * A page is believed as a whole or not at all.  Accounts without a subject and
 * nodes without a place are young, not damaged: nothing is charged to them yet.
 */

static bool accounts_are_sound(const struct account *accounts)
{
	for (unsigned i = 0; i < ACCOUNTS_PER_PAGE; i++)
		if (accounts[i].subject && !subject_is_sound(accounts[i].subject))
			return false;
	return true;
}

static void read_accounts(const struct account *accounts, uint64_t first,
			  struct profile_data *data)
{
	for (unsigned i = 0; i < ACCOUNTS_PER_PAGE && first + i < data->account_count; i++) {
		struct reader_account *account = &data->accounts[first + i];
		uint64_t subject = accounts[i].subject;

		if (!subject)
			continue;
		account->stack = subject_stack(subject);
		account->dag_node = subject_dag_node(subject);
		account->kind = subject_kind(subject);
	}
}

void reader_accounts(struct page_index *index, struct profile_data *data)
{
	struct page_run run = page_index_kind(index, PAGE_ACCOUNTS);
	union { struct account account[ACCOUNTS_PER_PAGE]; char bytes[PAGE_BYTES]; } copy;

	for (size_t i = 0; i < run.count; i++) {
		uint64_t first = (uint64_t)run.first[i].index * ACCOUNTS_PER_PAGE;

		if (!page_index_copy(index, &run.first[i], &copy))
			continue;
		if (first < ACCOUNTS_MAX && accounts_are_sound(copy.account))
			read_accounts(copy.account, first, data);
		else
			index->damaged_pages++;
	}
}

uint32_t reader_node_limit(const struct page_index *index, const struct profile_header *header)
{
	uint64_t pages = page_index_kind(index, PAGE_NODES).count + SHARDS_MAX;
	uint64_t limit = pages * NODES_PER_PAGE;

	if (limit > header->nodes)
		limit = header->nodes;
	if (limit > NODES_MAX)
		limit = NODES_MAX;
	return limit ? (uint32_t)limit : 1;
}

static bool nodes_are_sound(const struct tree_node *nodes, uint64_t first)
{
	for (unsigned i = first ? 0 : 1; i < NODES_PER_PAGE; i++)
		if (nodes[i].place && nodes[i].parent >= first + i)
			return false;
	return true;
}

static void read_nodes(const struct tree_node *nodes, uint64_t first, struct profile_data *data)
{
	for (unsigned i = first ? 0 : 1; i < NODES_PER_PAGE && first + i < data->node_count; i++)
		if (nodes[i].place)
			data->nodes[first + i] = (struct reader_node){ nodes[i].place,
								       nodes[i].parent };
}

/* Copy the nodes of all pages that hold one from `from` on. */
static void copy_nodes(struct page_index *index, struct profile_data *data, uint32_t from)
{
	struct page_run run = page_index_kind(index, PAGE_NODES);
	union { struct tree_node node[NODES_PER_PAGE]; char bytes[PAGE_BYTES]; } copy;

	for (size_t i = 0; i < run.count; i++) {
		uint64_t id = (uint64_t)run.first[i].index * NODES_PER_PAGE;

		if (id + NODES_PER_PAGE <= from || !page_index_copy(index, &run.first[i], &copy))
			continue;
		if (id < NODES_MAX && nodes_are_sound(copy.node, id))
			read_nodes(copy.node, id, data);
		else
			index->damaged_pages++;
	}
}

/*
 * Two threads may have made the same node twice: the first stands for both,
 * and a node whose parent was lost hangs from the root.  `first[id]` is who
 * stands for `id`; parents come before children, so one pass does.
 */
static bool merge_doubles(struct profile_data *data, struct reader_merge *merge, uint32_t from)
{
	for (uint32_t id = from ? from : 1; id < data->node_count; id++) {
		struct reader_node *node = &data->nodes[id];

		if (!node->place)
			continue;
		node->parent = merge->first[node->parent];
		struct map_key key = { node->parent, node->place };

		merge->first[id] = map_add(&merge->map, key, id);
		if (merge->first[id] == MAP_NONE)
			return false;
		if (merge->first[id] != id)
			*node = (struct reader_node){ 0 };
	}
	return true;
}

int reader_nodes_from(struct page_index *index, struct profile_data *data,
		      struct reader_merge *merge, uint32_t from, struct error *err)
{
	/* A page is copied whole: what it says of earlier nodes is known, and merged. */
	from -= from % NODES_PER_PAGE;
	copy_nodes(index, data, from);
	return merge_doubles(data, merge, from) ? 0 : reader_no_memory(err);
}

void reader_find_stacks(struct profile_data *data, const struct reader_merge *merge)
{
	for (uint32_t i = 0; i < data->account_count; i++) {
		struct reader_account *account = &data->accounts[i];

		account->stack = account->stack < data->node_count ? merge->first[account->stack] : 0;
	}
}

int reader_nodes(struct page_index *index, struct arena *arena, struct profile_data *data,
		 struct error *err)
{
	struct reader_merge merge = { .map = MAP_INIT };

	data->node_count = reader_node_limit(index, &data->header);
	data->nodes = arena_alloc_array(arena, data->node_count, sizeof *data->nodes);
	merge.first = arena_alloc_array(arena, data->node_count, sizeof *merge.first);
	if (!data->nodes || !merge.first)
		return reader_no_memory(err);
	int code = reader_nodes_from(index, data, &merge, 0, err);

	if (!code)
		reader_find_stacks(data, &merge);
	map_release(&merge.map);
	return code;
}
