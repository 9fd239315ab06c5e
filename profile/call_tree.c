#include "profile/call_tree.h"

enum { FIRST_TABLE_SLOTS = 4096, PROBES_MAX = 64 };

static uint32_t hash2(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ b * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);

	return (uint32_t)(h >> 32);
}

static struct id_table *table_new(struct call_tree *tree, uint32_t slots, struct id_table *older)
{
	struct id_table *table = tree->reserve(sizeof *table + slots * sizeof table->slot[0]);

	if (table) {
		table->mask = slots - 1;
		table->older = older;
	}
	return table;
}

/* Put a larger table before the newest once that is half full; failing leaves all as it is. */
static void table_grow(struct call_tree *tree, struct id_table **newest, struct id_table *full)
{
	struct id_table *larger;

	if (__atomic_load_n(&full->used, __ATOMIC_RELAXED) * 2 <= full->mask ||
	    full->mask >= UINT32_C(1) << 28)
		return;
	larger = table_new(tree, (full->mask + 1) * 4, full);
	if (larger)     /* when another thread was faster, ours is left unused */
		__atomic_compare_exchange_n(newest, &full, larger, 0, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED);
}

static int is_node(const struct call_tree *tree, uint32_t id, node_id parent, uint64_t place)
{
	const struct tree_node *node = call_tree_node(tree, id);

	return node->place == place && node->parent == parent;
}

static int is_account(const struct call_tree *tree, uint32_t id, node_id stack, uint64_t key)
{
	const struct account *account = call_tree_account(tree, id);

	return account->stack == stack &&
	       ((uint64_t)account->kind << 32 | account->dag_node) == key;
}

typedef int match_fn(const struct call_tree *, uint32_t id, uint32_t first, uint64_t second);

static uint32_t table_find(const struct call_tree *tree, const struct id_table *table,
			   match_fn *match, uint32_t first, uint64_t second)
{
	uint32_t at = hash2(first, second);

	for (unsigned probe = 0; probe < PROBES_MAX; probe++, at++) {
		uint32_t id = __atomic_load_n(&table->slot[at & table->mask], __ATOMIC_ACQUIRE);

		if (!id)
			return 0;
		if (match(tree, id, first, second))
			return id;
	}
	return 0;
}

/* Enter `id`, already filled; returns the id that the table holds for its key afterwards. */
static uint32_t table_enter(const struct call_tree *tree, struct id_table *table,
			    match_fn *match, uint32_t first, uint64_t second, uint32_t id)
{
	uint32_t at = hash2(first, second);

	for (unsigned probe = 0; probe < PROBES_MAX; probe++, at++) {
		uint32_t *slot = &table->slot[at & table->mask];
		uint32_t there = 0;

		if (__atomic_compare_exchange_n(slot, &there, id, 0, __ATOMIC_RELEASE,
						__ATOMIC_ACQUIRE)) {
			__atomic_fetch_add(&table->used, 1, __ATOMIC_RELAXED);
			return id;
		}
		if (match(tree, there, first, second))
			return there;
	}
	return id;      /* no place near: valid, but will not be found again */
}

/* Newest table first; what only an older one knows is entered into the newest again. */
static uint32_t index_find(struct call_tree *tree, struct id_table *newest, match_fn *match,
			   uint32_t first, uint64_t second)
{
	uint32_t id = table_find(tree, newest, match, first, second);

	if (id)
		return id;
	for (struct id_table *table = newest->older; table; table = table->older) {
		id = table_find(tree, table, match, first, second);
		if (id)
			return table_enter(tree, newest, match, first, second, id);
	}
	return 0;
}

static uint32_t index_enter(struct call_tree *tree, struct id_table **newest, match_fn *match,
			    uint32_t first, uint64_t second, uint32_t id)
{
	struct id_table *table = __atomic_load_n(newest, __ATOMIC_ACQUIRE);
	uint32_t entered = table_enter(tree, table, match, first, second, id);

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
	tree->node_index = table_new(tree, FIRST_TABLE_SLOTS, NULL);
	tree->account_index = table_new(tree, FIRST_TABLE_SLOTS / 16, NULL);
	if (!tree->node_index || !tree->account_index ||
	    !have_page(pages, (void **)&tree->node_page[0], PAGE_NODES, 0) ||
	    !have_page(pages, (void **)&tree->account_page[0], PAGE_ACCOUNTS, 0))
		return -1;
	pages->header->nodes = 1;
	pages->header->accounts = 1;
	return 0;
}

node_id call_tree_child(struct call_tree *tree, node_id parent, uint64_t place, int *folded)
{
	struct id_table *table = __atomic_load_n(&tree->node_index, __ATOMIC_ACQUIRE);
	uint32_t id = index_find(tree, table, is_node, parent, place);

	if (id)
		return id;
	id = new_node(tree, parent, place);
	if (!id) {
		*folded = 1;
		return parent;
	}
	return index_enter(tree, &tree->node_index, is_node, parent, place, id);
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
	uint64_t key = (uint64_t)kind << 32 | dag_node;
	struct id_table *table;
	uint32_t id;

	if (!key)
		return own_account(tree, stack);
	table = __atomic_load_n(&tree->account_index, __ATOMIC_ACQUIRE);
	id = index_find(tree, table, is_account, stack, key);
	if (id)
		return id;
	id = new_account(tree, stack, dag_node, kind);
	return id ? index_enter(tree, &tree->account_index, is_account, stack, key, id) : 0;
}
