#include "profile/call_tree.h"

enum { FIRST_NODE_SLOTS_LOG2 = 12, FIRST_ACCOUNT_SLOTS_LOG2 = 8, PROBES_MAX = 64 };

static struct id_table *table_new(struct call_tree *tree, unsigned slots_log2,
				  struct id_table *older)
{
	struct id_table *table = tree->reserve(sizeof *table +
					       (sizeof table->slot[0] << slots_log2));

	if (table) {
		table->shift = 64 - slots_log2;
		table->older = older;
	}
	return table;
}

/* Put a larger table before the newest once that is half full; failing leaves all as it is. */
static void table_grow(struct call_tree *tree, struct id_table **newest, struct id_table *full)
{
	unsigned slots_log2 = 64 - full->shift;
	struct id_table *larger;

	if (__atomic_load_n(&full->used, __ATOMIC_RELAXED) >> (slots_log2 - 1) == 0 ||
	    slots_log2 >= 28)
		return;
	larger = table_new(tree, slots_log2 + 2, full);
	if (larger)     /* when another thread was faster, ours is left unused */
		__atomic_compare_exchange_n(newest, &full, larger, 0, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED);
}

static uint64_t slot_mask(const struct id_table *table)
{
	return (UINT64_C(1) << (64 - table->shift)) - 1;
}

/* A key, and where the index has it. */
struct key { uint64_t hash, second; uint32_t first; };

static uint32_t table_find(const struct id_table *table, const struct key *key)
{
	uint64_t at = key->hash >> table->shift, mask = slot_mask(table);

	for (unsigned probe = 0; probe < PROBES_MAX; probe++, at++) {
		const struct id_slot *slot = &table->slot[at & mask];
		uint32_t id = __atomic_load_n(&slot->id, __ATOMIC_ACQUIRE);

		if (!id)
			return 0;
		if (id != ID_BUSY && slot->first == key->first && slot->second == key->second)
			return id;
	}
	return 0;
}

/* Enter `id`, already filled; returns the id that the table holds for its key afterwards. */
static uint32_t table_enter(struct id_table *table, const struct key *key, uint32_t id)
{
	uint64_t at = key->hash >> table->shift, mask = slot_mask(table);

	for (unsigned probe = 0; probe < PROBES_MAX; probe++, at++) {
		struct id_slot *slot = &table->slot[at & mask];
		uint32_t there = 0;

		if (__atomic_compare_exchange_n(&slot->id, &there, ID_BUSY, 0, __ATOMIC_ACQUIRE,
						__ATOMIC_ACQUIRE)) {
			slot->first = key->first;
			slot->second = key->second;
			__atomic_store_n(&slot->id, id, __ATOMIC_RELEASE);
			__atomic_fetch_add(&table->used, 1, __ATOMIC_RELAXED);
			return id;
		}
		if (there != ID_BUSY && slot->first == key->first && slot->second == key->second)
			return there;
	}
	return id;      /* no place near: valid, but will not be found again */
}

/* Newest table first; what only an older one knows is entered into the newest again. */
static uint32_t index_find(struct id_table *newest, const struct key *key)
{
	uint32_t id = table_find(newest, key);

	if (id)
		return id;
	for (struct id_table *table = newest->older; table; table = table->older) {
		id = table_find(table, key);
		if (id)
			return table_enter(newest, key, id);
	}
	return 0;
}

static uint32_t index_enter(struct call_tree *tree, struct id_table **newest,
			    const struct key *key, uint32_t id)
{
	struct id_table *table = __atomic_load_n(newest, __ATOMIC_ACQUIRE);
	uint32_t entered = table_enter(table, key, id);

	table_grow(tree, newest, table);
	return entered;
}

/* Make sure that *slot points to the page `index` of `kind`; 0 without room. */
static int have_page(struct pages *pages, void **slot, enum page_kind kind, uint32_t index)
{
	void *none = NULL;
	uint32_t page;

	if (__atomic_load_n(slot, __ATOMIC_ACQUIRE))
		return 1;
	page = pages_take(pages);
	if (!page)
		return __atomic_load_n(slot, __ATOMIC_ACQUIRE) != NULL;
	if (__atomic_compare_exchange_n(slot, &none, page_at(pages, page), 0, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		pages_publish(pages, page, kind, 0, index);
	else
		pages_publish(pages, page, PAGE_FREE, 0, 0);
	return 1;
}

/* A fresh id from `counter` below `max`, or 0. */
static uint32_t next_id(struct pages *pages, uint32_t *counter, uint32_t max)
{
	if (__atomic_load_n(&pages->full, __ATOMIC_RELAXED) ||
	    __atomic_load_n(counter, __ATOMIC_RELAXED) >= max - SHARDS_MAX)
		return 0;
	return __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static uint32_t new_node(struct call_tree *tree, node_id parent, uint64_t place)
{
	uint32_t id = next_id(tree->pages, &tree->pages->header->nodes, NODES_MAX);
	void **slot = (void **)&tree->node_page[id / NODES_PER_PAGE];

	if (!id || !have_page(tree->pages, slot, PAGE_NODES, id / NODES_PER_PAGE))
		return 0;
	struct tree_node *node = call_tree_node(tree, id);

	node->parent = parent;
	__atomic_store_n(&node->place, place, __ATOMIC_RELEASE);
	return id;
}

static uint32_t new_account(struct call_tree *tree, node_id stack, uint32_t dag_node,
			    enum account_kind kind)
{
	uint32_t id = next_id(tree->pages, &tree->pages->header->accounts, ACCOUNTS_MAX);
	void **slot = (void **)&tree->account_page[id / ACCOUNTS_PER_PAGE];

	if (!id || !have_page(tree->pages, slot, PAGE_ACCOUNTS, id / ACCOUNTS_PER_PAGE))
		return 0;
	struct account *account = call_tree_account(tree, id);

	account->stack = stack;
	account->dag_node = dag_node;
	account->kind = kind;
	__atomic_store_n(&account->published, 1, __ATOMIC_RELEASE);
	return id;
}

int call_tree_init(struct call_tree *tree, struct pages *pages, void *(*reserve)(size_t bytes))
{
	tree->pages = pages;
	tree->reserve = reserve;
	tree->node_index = table_new(tree, FIRST_NODE_SLOTS_LOG2, NULL);
	tree->account_index = table_new(tree, FIRST_ACCOUNT_SLOTS_LOG2, NULL);
	if (!tree->node_index || !tree->account_index ||
	    !have_page(pages, (void **)&tree->node_page[0], PAGE_NODES, 0) ||
	    !have_page(pages, (void **)&tree->account_page[0], PAGE_ACCOUNTS, 0))
		return -1;
	pages->header->nodes = 1;
	pages->header->accounts = 1;
	return 0;
}

node_id call_tree_step_slow(struct call_tree *tree, node_id parent, uint64_t place, uint64_t hash,
			    int *folded)
{
	struct id_table *table = __atomic_load_n(&tree->node_index, __ATOMIC_ACQUIRE);
	const struct key key = { hash, place, parent };
	uint32_t id = index_find(table, &key);

	if (id)
		return id;
	id = new_node(tree, parent, place);
	if (!id) {
		*folded = 1;
		return parent;
	}
	return index_enter(tree, &tree->node_index, &key, id);
}

node_id call_tree_of_stack(struct call_tree *tree, const uint64_t *places, uint32_t count,
			   int *folded)
{
	node_id node = NODE_ROOT;
	uint64_t hash = 0;

	while (count--) {
		hash = tree_path_hash(hash, places[count]);
		node = call_tree_step(tree, node, places[count], hash, folded);
	}
	return node;
}

/* The stack's own account is kept in its node: no index, no second look. */
static account_id own_account(struct call_tree *tree, node_id stack)
{
	struct tree_node *node = call_tree_node(tree, stack);
	uint32_t none = 0;
	uint32_t id = __atomic_load_n(&node->account, __ATOMIC_ACQUIRE);

	if (id)
		return id;
	id = new_account(tree, stack, 0, ACCOUNT_HEAP);
	if (id && !__atomic_compare_exchange_n(&node->account, &none, id, 0, __ATOMIC_ACQ_REL,
					       __ATOMIC_ACQUIRE))
		id = none;      /* another thread was faster; our account stays empty */
	return id;
}

account_id call_tree_account_of(struct call_tree *tree, node_id stack, uint32_t dag_node,
				enum account_kind kind)
{
	const uint64_t second = (uint64_t)kind << 32 | dag_node;
	const struct key key = { tree_path_hash(stack, second), second, stack };
	struct id_table *table;
	uint32_t id;

	if (!second)
		return own_account(tree, stack);
	table = __atomic_load_n(&tree->account_index, __ATOMIC_ACQUIRE);
	id = index_find(table, &key);
	if (id)
		return id;
	id = new_account(tree, stack, dag_node, kind);
	return id ? index_enter(tree, &tree->account_index, &key, id) : 0;
}
