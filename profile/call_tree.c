#include "profile/call_tree.h"

enum { FIRST_NODE_SLOTS_LOG2 = 12, FIRST_ACCOUNT_SLOTS_LOG2 = 9, STEPS_AT_ONCE = 64 };

struct node_key { struct id_key key; const struct call_tree *tree; uint64_t place; node_id parent; };

struct account_key { struct id_key key; const struct call_tree *tree; uint64_t subject; };

static bool is_node(const struct id_key *key, uint32_t id)
{
	const struct node_key *wanted = (const struct node_key *)key;
	const struct tree_node *node = call_tree_node(wanted->tree, id);

	return node->place == wanted->place && node->parent == wanted->parent;
}

static bool is_account(const struct id_key *key, uint32_t id)
{
	const struct account_key *wanted = (const struct account_key *)key;

	return call_tree_subject(wanted->tree, id) == wanted->subject;
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

static uint32_t new_account(struct call_tree *tree, uint64_t subject)
{
	uint32_t id = next_id(tree->pages, &tree->pages->header->accounts, ACCOUNTS_MAX);
	void **slot = (void **)&tree->account_page[id / ACCOUNTS_PER_PAGE];

	if (!id || !have_page(tree->pages, slot, PAGE_ACCOUNTS, id / ACCOUNTS_PER_PAGE))
		return 0;
	struct account *page = __atomic_load_n(slot, __ATOMIC_ACQUIRE);

	__atomic_store_n(&page[id % ACCOUNTS_PER_PAGE].subject, subject, __ATOMIC_RELEASE);
	return id;
}

/* The hash of the path from the root to the node, reckoned from its inner end. */
static uint64_t hash_of_node(const void *owner, uint32_t id)
{
	const struct call_tree *tree = owner;
	uint64_t hash = 0, factor = 1;

	while (id != NODE_ROOT) {
		const struct tree_node *node = call_tree_node(tree, id);

		hash += tree_path_hash(0, node->place) * factor;
		factor *= PATH_HASH_FACTOR;
		id = node->parent;
	}
	return hash;
}

static uint64_t hash_of_subject(uint64_t subject)
{
	return tree_path_hash(0, subject);
}

static uint64_t hash_of_account(const void *owner, uint32_t id)
{
	return hash_of_subject(call_tree_subject(owner, id));
}

int call_tree_init(struct call_tree *tree, struct pages *pages, const struct id_memory *memory)
{
	tree->pages = pages;
	tree->nodes = (struct id_index) { NULL, memory, hash_of_node, tree };
	tree->accounts = (struct id_index) { NULL, memory, hash_of_account, tree };
	if (!id_index_init(&tree->nodes, FIRST_NODE_SLOTS_LOG2) ||
	    !id_index_init(&tree->accounts, FIRST_ACCOUNT_SLOTS_LOG2) ||
	    !have_page(pages, (void **)&tree->node_page[0], PAGE_NODES, 0) ||
	    !have_page(pages, (void **)&tree->account_page[0], PAGE_ACCOUNTS, 0))
		return -1;
	pages->header->nodes = 1;
	pages->header->accounts = 1;
	return 0;
}

static inline bool is_child(const struct tree_node *node, node_id parent, uint64_t place)
{
	return __atomic_load_n(&node->place, __ATOMIC_ACQUIRE) == place && node->parent == parent;
}

/* Whether a child of `parent` made with it stands right after it; the root was made alone. */
static inline bool has_place_beside(node_id parent)
{
	return parent != NODE_ROOT && (parent + 1) % NODES_PER_PAGE;
}

/* find_child() where what it looks at first is another's: apart, for its key stands in memory. */
static __attribute__((noinline)) node_id search_child(struct call_tree *tree, node_id parent,
						      const struct tree_step *step)
{
	const struct node_key key = { { step->hash, is_node }, tree, step->place, parent };

	return id_index_find(&tree->nodes, &key.key);
}

/*
 * The child by `step` of `parent`, which is *node; 0: there is none.  One that
 * was made with its parent stands right after it, and was there before its
 * parent could be found.
 */
static inline node_id find_child(struct call_tree *tree, node_id parent,
				 const struct tree_node **node, const struct tree_step *step)
{
	const struct tree_node *candidate;
	node_id id;

	if (has_place_beside(parent) && is_child(*node + 1, parent, step->place)) {
		++*node;
		return parent + 1;
	}
	id = id_index_candidate(&tree->nodes, step->hash);
	if (!id)
		return 0;
	if (id != ID_UNKNOWN) {
		candidate = call_tree_node(tree, id);
		if (is_child(candidate, parent, step->place)) {
			*node = candidate;
			return id;
		}
	}
	id = search_child(tree, parent, step);
	*node = call_tree_node(tree, id);
	return id;
}

/*
 * Take ids for at most *count nodes of a path below `parent`, as many as are left
 * in a page; the first, or 0 without room.  A first one right after its parent,
 * which was there before it, might be taken for one that was made with it: so
 * that id is left out.
 */
static node_id take_ids(struct pages *pages, node_id parent, uint32_t *count)
{
	uint32_t used = __atomic_load_n(&pages->header->nodes, __ATOMIC_RELAXED), first, left;

	do {
		first = used + (used == parent + 1 && has_place_beside(parent));
		left = NODES_PER_PAGE - first % NODES_PER_PAGE;
		if (*count > left)
			*count = left;
		if (__atomic_load_n(&pages->full, __ATOMIC_RELAXED) || first + *count > NODES_MAX)
			return 0;
	} while (!__atomic_compare_exchange_n(&pages->header->nodes, &used, first + *count, 0,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return first;
}

static uint32_t fold(struct tree_step *step, uint32_t count, node_id into, int *folded)
{
	*folded = 1;
	while (count)
		step[--count].node = into;
	return 0;
}

/*
 * Make nodes for steps whose outermost is not known below `parent`.  They are
 * all written before the first of them can be found.  Returns how many steps
 * are still without a node.
 */
static uint32_t make_some(struct call_tree *tree, node_id parent, struct tree_step *step,
			  uint32_t count, int *folded)
{
	const struct tree_step *outer = &step[count - 1];
	const struct node_key key = { { outer->hash, is_node }, tree, outer->place, parent };
	uint32_t made = count;

	id_index_expect(&tree->nodes, outer->hash);
	node_id first = take_ids(tree->pages, parent, &made);
	void **page = (void **)&tree->node_page[first / NODES_PER_PAGE];

	if (!first || !have_page(tree->pages, page, PAGE_NODES, first / NODES_PER_PAGE))
		return fold(step, count, parent, folded);
	for (uint32_t i = 0; i < made; i++) {
		struct tree_node *node = call_tree_node(tree, first + i);

		node->parent = i ? first + i - 1 : parent;
		__atomic_store_n(&node->place, step[count - 1 - i].place, __ATOMIC_RELEASE);
		step[count - 1 - i].node = first + i;
	}
	step[count - 1].node = id_index_enter(&tree->nodes, &key.key, first);
	/* Another thread may have been faster with the outermost: then go on below its node. */
	return step[count - 1].node == first ? count - made : count - 1;
}

account_id call_tree_follow(struct call_tree *tree, node_id from, struct tree_step *innermost,
			    struct tree_step *end, int *folded)
{
	const struct tree_node *node = call_tree_node(tree, from);
	struct tree_step *step = end;

	while (step > innermost) {
		node_id known = find_child(tree, from, &node, step - 1);

		if (__builtin_expect(known != 0, 1)) {
			(--step)->node = from = known;
			continue;
		}
		step = innermost + make_some(tree, from, innermost, (uint32_t)(step - innermost), folded);
		/* It made one at least.  NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
		from = step->node;
		node = call_tree_node(tree, from);
	}
	return __atomic_load_n(&node->account, __ATOMIC_ACQUIRE);
}

node_id call_tree_of_stack(struct call_tree *tree, const uint64_t *places, uint32_t count,
			   int *folded)
{
	struct tree_step step[STEPS_AT_ONCE];
	node_id node = NODE_ROOT;
	uint64_t hash = 0;

	while (count) {
		uint32_t steps = count < STEPS_AT_ONCE ? count : STEPS_AT_ONCE;

		count -= steps;
		for (uint32_t i = 0; i < steps; i++)
			step[i].place = places[count + i];
		call_tree_expect(tree, hash, step, step + steps);
		call_tree_follow(tree, node, step, step + steps, folded);
		node = step[0].node;
		hash = step[0].hash;
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
	id = new_account(tree, subject_of(stack, 0, ACCOUNT_HEAP));
	if (id && !__atomic_compare_exchange_n(&node->account, &none, id, 0, __ATOMIC_ACQ_REL,
					       __ATOMIC_ACQUIRE))
		id = none;      /* another thread was faster; our account stays empty */
	return id;
}

account_id call_tree_account_of(struct call_tree *tree, node_id stack, uint32_t dag_node,
				enum account_kind kind)
{
	const uint64_t subject = subject_of(stack, dag_node, kind);
	const struct account_key key = { { hash_of_subject(subject), is_account }, tree, subject };
	uint32_t id;

	if (!dag_node && kind == ACCOUNT_HEAP)
		return own_account(tree, stack);
	id = id_index_find(&tree->accounts, &key.key);
	if (id)
		return id;
	id = new_account(tree, subject);
	return id ? id_index_enter(&tree->accounts, &key.key, id) : 0;
}
