#include "tracer/adapters/accesses.h"

#include <stdbool.h>
#include <stddef.h>

/* A list of nodes, in links of one cache line, the newest first. */
enum { NODES_PER_LINK = 13 };

struct access_link {
	struct access_link *next;
	uint32_t count;
	uint32_t node[NODES_PER_LINK];
};

/* What is known of an address. */
struct access {
	struct trie trie;
	struct access_link *writers;    /* the last; several in the modes that let them */
	struct access_link *before;     /* what those several depend on */
	struct access_link *readers;    /* since then */
	enum access_mode mode;          /* of the writers */
};

/* --- Lists ----------------------------------------------------------------- */

static void list_add(struct accesses *accesses, struct access_link **list, uint32_t node)
{
	struct access_link *link = *list;

	if (!link || link->count == NODES_PER_LINK) {
		link = accesses->unused;
		if (link)
			accesses->unused = link->next;
		else
			link = store_take(&accesses->store, sizeof *link);
		if (!link)
			return;
		link->next = *list;
		link->count = 0;
		*list = link;
	}
	link->node[link->count++] = node;
}

static void list_clear(struct accesses *accesses, struct access_link **list)
{
	while (*list) {
		struct access_link *link = *list;

		*list = link->next;
		link->next = accesses->unused;
		accesses->unused = link;
	}
}

/* All of `from` goes in front of `to`. */
static void list_move(struct access_link **from, struct access_link **to)
{
	struct access_link **end = from;

	while (*end)
		end = &(*end)->next;
	*end = *to;
	*to = *from;
	*from = NULL;
}

static void list_collect(const struct access_link *list, struct node_set *nodes)
{
	for (; list; list = list->next)
		for (uint32_t i = 0; i < list->count; i++)
			node_set_add(nodes, list->node[i]);
}

/* --- Addresses ------------------------------------------------------------- */

/* One more of those that write without an order among them. */
static bool joins(const struct access *access, enum access_mode mode)
{
	return mode >= ACCESS_EXCLUSIVE && access->mode == mode && !access->readers;
}

void accesses_before(const struct accesses *accesses, uintptr_t address, enum access_mode mode,
		     struct node_set *nodes)
{
	struct trie *root = accesses->root;
	const struct access *access = (const struct access *)*trie_place(&root, address);

	if (!access)
		return;
	if (joins(access, mode)) {
		list_collect(access->before, nodes);
		return;
	}
	/* Readers come after the writers: who only writes need wait for no more than them. */
	if (mode != ACCESS_READ)
		list_collect(access->readers, nodes);
	if (mode != ACCESS_WRITE || !access->readers)
		list_collect(access->writers, nodes);
}

void accesses_enter(struct accesses *accesses, uintptr_t address, enum access_mode mode,
		    uint32_t node)
{
	struct access *access =
		node ? trie_add(&accesses->root, address, &accesses->store, sizeof *access) : NULL;

	if (!access)
		return;
	if (mode == ACCESS_READ) {
		list_add(accesses, &access->readers, node);
		return;
	}
	if (!joins(access, mode)) {
		list_clear(accesses, &access->before);
		list_move(&access->writers, &access->before);
		list_move(&access->readers, &access->before);
		if (mode < ACCESS_EXCLUSIVE)
			list_clear(accesses, &access->before);
		access->mode = mode;
	}
	list_add(accesses, &access->writers, node);
}

void accesses_forget(struct accesses *accesses, uintptr_t address)
{
	struct access *access = (struct access *)*trie_place(&accesses->root, address);

	if (!access)
		return;
	list_clear(accesses, &access->before);
	list_clear(accesses, &access->writers);
	list_clear(accesses, &access->readers);
	access->mode = ACCESS_READ;
}

void accesses_release(struct accesses *accesses)
{
	store_release(&accesses->store);
	*accesses = (struct accesses){ 0 };
}
