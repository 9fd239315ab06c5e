/*
 * call_tree: the calling context tree and the accounts in a mapped profile.
 *
 * Nodes and accounts are interned: the same (parent, place) and the same
 * (stack, DAG node, kind) give the same id.  Lookups take no lock and write
 * nothing; inserts are lock-free (id_index).  Two threads that make the same
 * node at once get one id; another may be left unused.  Safe on any thread and
 * in a signal handler that interrupts another insert.  Called by the tracer's
 * unwinder; readers use analyzer/reader.
 *
 * What is new of a path gets consecutive ids, and of these only the outermost is
 * entered into the index: the others are known by where they stand.
 *
 *      id       | n     | n + 1     | n + 2         |
 *      parent   | known | n         | n + 1         |     same page
 *                 ^ in the index
 */
#ifndef DAGMEM_PROFILE_CALL_TREE_H
#define DAGMEM_PROFILE_CALL_TREE_H

#include "profile/id_index.h"
#include "profile/subject.h"
#include "profile/pages.h"

typedef uint32_t node_id;
typedef uint32_t account_id;

struct call_tree {
	struct pages *pages;
	struct id_index nodes;
	struct id_index accounts;       /* that are not their stack's own */
	struct tree_node *node_page[NODES_MAX / NODES_PER_PAGE];
	struct account *account_page[ACCOUNTS_MAX / ACCOUNTS_PER_PAGE];
};

/* Begin an empty tree in `pages`: root node 0, account 0.  0, or -1 without room. */
int call_tree_init(struct call_tree *tree, struct pages *pages, const struct id_memory *memory);

static inline struct tree_node *call_tree_node(const struct call_tree *tree, node_id id)
{
	struct tree_node *page = __atomic_load_n(&tree->node_page[id / NODES_PER_PAGE],
						 __ATOMIC_ACQUIRE);

	return &page[id % NODES_PER_PAGE];
}

/* What account `id`, which call_tree_account_of() gave, is for: subject.h. */
static inline uint64_t call_tree_subject(const struct call_tree *tree, account_id id)
{
	const struct account *page = __atomic_load_n(&tree->account_page[id / ACCOUNTS_PER_PAGE],
						     __ATOMIC_ACQUIRE);

	return __atomic_load_n(&page[id % ACCOUNTS_PER_PAGE].subject, __ATOMIC_ACQUIRE);
}

/*
 * The index is ordered by the hashes of paths from the root, and not by ids: so
 * the slots of a whole path are known before the first of its nodes is, and can
 * be fetched at once.  The root's hash is 0; a hash is a polynomial in the
 * places, so that it can be reckoned from either end.
 */
static const uint64_t PATH_HASH_FACTOR = UINT64_C(0x9e3779b97f4a7c15);
static const uint64_t PATH_HASH_PLACE = UINT64_C(0xd6e8feb86659fd93);

static inline uint64_t tree_path_hash(uint64_t parent_hash, uint64_t place)
{
	return parent_hash * PATH_HASH_FACTOR + place * PATH_HASH_PLACE;
}

/* One call site of a path that is interned. */
struct tree_step {
	uint64_t place;
	uint64_t hash;          /* filled in: of the path from the root to here */
	node_id node;           /* filled in */
};

/*
 * Reckon the hashes of a path below a node whose own path has the hash `hash`,
 * and have the slots of all its steps fetched at once.  The steps [innermost,
 * end) stand in that order: end[-1] is a child of that node.
 */
static inline void call_tree_expect(const struct call_tree *tree, uint64_t hash,
				    struct tree_step *innermost, struct tree_step *end)
{
	while (end-- > innermost) {
		hash = tree_path_hash(hash, end->place);
		end->hash = hash;
		__builtin_prefetch(id_index_slot(&tree->nodes, hash));
	}
}

/*
 * Intern a path below node `from`, after call_tree_expect(); what is done in
 * between costs nothing, for the slots are on their way.  Fills in the steps'
 * nodes, made where they are new.  When the profile is full the steps that are
 * new get their nearest recorded ancestor; *folded is then 1.  Returns the
 * account of the innermost's stack, outside any DAG node; 0: it has none yet.
 */
account_id call_tree_follow(struct call_tree *tree, node_id from, struct tree_step *innermost,
			    struct tree_step *end, int *folded);

/* The node of a whole stack, `places` innermost first. */
node_id call_tree_of_stack(struct call_tree *tree, const uint64_t *places, uint32_t count,
			   int *folded);

/* The account of (stack, dag_node, kind), made if it is new; 0 when there is no room. */
account_id call_tree_account_of(struct call_tree *tree, node_id stack, uint32_t dag_node,
				enum account_kind kind);

#endif
