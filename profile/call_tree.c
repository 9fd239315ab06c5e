#include "profile/call_tree.h"

enum { FIRST_NODE_SLOTS_LOG2 = 12, FIRST_ACCOUNT_SLOTS_LOG2 = 9 };

struct node_key { struct id_key key; const struct call_tree *tree; uint64_t place; node_id parent; };

struct account_key {
	struct id_key key;
	const struct call_tree *tree;
	node_id stack;
	uint32_t dag_node, kind;
};

static bool is_node(const struct id_key *key, uint32_t id)
{
	const struct node_key *wanted = (const struct node_key *)key;
	const struct tree_node *node = call_tree_node(wanted->tree, id);

	return node->place == wanted->place && node->parent == wanted->parent;
}

static bool is_account(const struct id_key *key, uint32_t id)
{
	const struct account_key *wanted = (const struct account_key *)key;
	const struct account *account = call_tree_account(wanted->tree, id);

	return account->stack == wanted->stack && account->dag_node == wanted->dag_node &&
	       account->kind == wanted->kind;
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

int call_tree_init(struct call_tree *tree, struct pages *pages, const struct id_memory *memory)
{
	tree->pages = pages;
	if (!id_index_init(&tree->nodes, FIRST_NODE_SLOTS_LOG2, memory) ||
	    !id_index_init(&tree->accounts, FIRST_ACCOUNT_SLOTS_LOG2, memory) ||
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
	const struct node_key key = { { hash, is_node }, tree, place, parent };
	uint32_t id = id_index_find(&tree->nodes, &key.key);

	if (id)
		return id;
	id = new_node(tree, parent, place);
	if (!id) {
		*folded = 1;
		return parent;
	}
	return id_index_enter(&tree->nodes, &key.key, id);
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
	const struct account_key key = {
		{ tree_path_hash(stack, second), is_account }, tree, stack, dag_node, kind
	};
	uint32_t id;

	if (!second)
		return own_account(tree, stack);
	id = id_index_find(&tree->accounts, &key.key);
	if (id)
		return id;
	id = new_account(tree, stack, dag_node, kind);
	return id ? id_index_enter(&tree->accounts, &key.key, id) : 0;
}
