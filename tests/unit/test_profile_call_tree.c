#include "profile/call_tree.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/call_tree_child.h"
#include "tests/unit/memory_pages.h"
#include "tests/unit/random.h"

enum { THREADS = 4, PATHS = 4000, DEPTH = 24, RESERVED_MAX = 64 };

struct fixture { struct memory_pages *memory; struct call_tree *tree; };

/* What call_tree reserved: it never gives back, so the test does. */
static void *reserved[RESERVED_MAX];
static uint32_t reserved_count;

static void *reserve(size_t bytes)
{
	uint32_t at = __atomic_fetch_add(&reserved_count, 1, __ATOMIC_RELAXED);

	assert_true(at < RESERVED_MAX);
	return reserved[at] = calloc(1, bytes);
}

/* As the system does: what is given back reads as zeros. Under threads that is a race, and meant to be. */
static void discard(void *start, size_t bytes)
{
	uint64_t *word = start;

	for (size_t i = 0; i < bytes / sizeof *word; i++)
		__atomic_store_n(&word[i], 0, __ATOMIC_RELAXED);
}

static const struct id_memory memory = { reserve, discard };

static struct fixture new_tree(uint32_t pages_max)
{
	struct fixture fixture = { memory_pages_new(pages_max), calloc(1, sizeof(struct call_tree)) };

	assert_int_equal(call_tree_init(fixture.tree, &fixture.memory->pages, &memory), 0);
	return fixture;
}

static void free_tree(struct fixture *fixture)
{
	memory_pages_free(fixture->memory);
	free(fixture->tree);
	while (reserved_count)
		free(reserved[--reserved_count]);
}

/* --- Paths: what a test interns, and reads back from the nodes -------------- */

struct path { uint64_t place[DEPTH]; unsigned depth; };

/* From few places, so that paths share beginnings and repeat. */
static struct path draw_path(struct random *random, unsigned places)
{
	struct path path = { .depth = (unsigned)random_below(random, DEPTH) + 1 };

	for (unsigned i = 0; i < path.depth; i++)
		path.place[i] = PLACE(1 + random_below(random, 3),
				      0x1000 + random_below(random, places) * 16);
	return path;
}

static node_id intern(struct call_tree *tree, const struct path *path, int *folded)
{
	uint64_t inner_first[DEPTH];

	for (unsigned i = 0; i < path->depth; i++)
		inner_first[i] = path->place[path->depth - 1 - i];
	return call_tree_of_stack(tree, inner_first, path->depth, folded);
}

static node_id intern_step_by_step(struct call_tree *tree, const struct path *path, int *folded)
{
	node_id node = NODE_ROOT;

	for (unsigned i = 0; i < path->depth; i++)
		node = call_tree_child(tree, node, path->place[i], folded);
	return node;
}

static void check_node_is(const struct call_tree *tree, node_id node, const struct path *path)
{
	for (unsigned i = path->depth; i--; ) {
		const struct tree_node *at;

		assert_true(node < tree->pages->header->nodes);
		at = call_tree_node(tree, node);
		assert_int_equal(at->place, path->place[i]);
		assert_true(at->parent < node);
		node = at->parent;
	}
	assert_int_equal(node, NODE_ROOT);
}

static bool same_path(const struct path *a, const struct path *b)
{
	return a->depth == b->depth && !memcmp(a->place, b->place, a->depth * sizeof a->place[0]);
}

/* --- One thread ------------------------------------------------------------- */

static void an_empty_tree_has_a_root_and_no_account(void **state)
{
	struct fixture fixture = new_tree(UINT32_MAX);

	(void)state;
	assert_int_equal(fixture.memory->pages.header->nodes, 1);
	assert_int_equal(fixture.memory->pages.header->accounts, 1);
	assert_int_equal(memory_pages_count(fixture.memory, PAGE_NODES), 1);
	assert_int_equal(memory_pages_count(fixture.memory, PAGE_ACCOUNTS), 1);
	free_tree(&fixture);
}

/* The oracle compares every path with all before it. */
static void the_same_path_has_the_same_node_and_no_other_has(void **state)
{
	enum { FEW = 1500 };
	static struct path path[FEW];
	static node_id node[FEW];
	struct fixture fixture = new_tree(UINT32_MAX);
	struct random random = { 1 };
	int folded = 0;

	(void)state;
	for (unsigned i = 0; i < FEW; i++) {
		path[i] = draw_path(&random, 2);
		path[i].depth = path[i].depth % 8 + 1;
		for (unsigned j = path[i].depth; j < DEPTH; j++)
			path[i].place[j] = 0;
		node[i] = intern(fixture.tree, &path[i], &folded);
		check_node_is(fixture.tree, node[i], &path[i]);
		for (unsigned j = 0; j < i; j++)
			assert_int_equal(node[i] == node[j], same_path(&path[i], &path[j]));
	}
	assert_false(folded);
	free_tree(&fixture);
}

static void nodes_are_found_again_after_the_index_has_grown(void **state)
{
	static struct path path[PATHS];
	static node_id node[PATHS];
	struct fixture fixture = new_tree(UINT32_MAX);
	struct random random = { 2 };
	uint32_t nodes;
	int folded = 0;

	(void)state;
	for (unsigned i = 0; i < PATHS; i++) {
		path[i] = draw_path(&random, 1000);
		node[i] = intern_step_by_step(fixture.tree, &path[i], &folded);
	}
	nodes = fixture.memory->pages.header->nodes;
	assert_true(nodes > 20000);     /* several times as many as the first index holds */
	assert_true(reserved_count > 3);
	for (unsigned i = 0; i < PATHS; i++)
		assert_int_equal(intern(fixture.tree, &path[i], &folded), node[i]);
	assert_int_equal(fixture.memory->pages.header->nodes, nodes);
	assert_false(folded);
	free_tree(&fixture);
}

static void a_chain_as_deep_as_a_recursion_is_kept_whole(void **state)
{
	enum { DEEP = 100000 };
	struct fixture fixture = new_tree(UINT32_MAX);
	uint64_t *place = calloc(DEEP, sizeof *place);
	uint32_t depth = 0;
	node_id node;
	int folded = 0;

	(void)state;
	for (unsigned i = 0; i < DEEP; i++)
		place[i] = PLACE(1, 0x4000);
	node = call_tree_of_stack(fixture.tree, place, DEEP, &folded);
	assert_int_equal(call_tree_of_stack(fixture.tree, place, DEEP, &folded), node);
	/* Ids are left out where a piece begins right after the one before: not many. */
	assert_true(fixture.memory->pages.header->nodes < DEEP + DEEP / 16);
	for (; node != NODE_ROOT; node = call_tree_node(fixture.tree, node)->parent)
		depth++;
	assert_int_equal(depth, DEEP);
	assert_false(folded);
	free(place);
	free_tree(&fixture);
}

/* What is made at once is known by where it stands, what is made step by step by the index. */
static void a_path_has_one_node_whether_made_whole_or_step_by_step(void **state)
{
	static struct path path[PATHS];
	static node_id node[PATHS];
	struct fixture fixture = new_tree(UINT32_MAX);
	struct random random = { 4 };
	uint32_t nodes;
	int folded = 0;

	(void)state;
	for (unsigned i = 0; i < PATHS; i++) {
		path[i] = draw_path(&random, 3);
		node[i] = i % 2 ? intern(fixture.tree, &path[i], &folded)
				: intern_step_by_step(fixture.tree, &path[i], &folded);
		check_node_is(fixture.tree, node[i], &path[i]);
	}
	nodes = fixture.memory->pages.header->nodes;
	for (unsigned i = 0; i < PATHS; i++) {
		assert_int_equal(intern(fixture.tree, &path[i], &folded), node[i]);
		assert_int_equal(intern_step_by_step(fixture.tree, &path[i], &folded), node[i]);
	}
	assert_int_equal(fixture.memory->pages.header->nodes, nodes);
	assert_false(folded);
	free_tree(&fixture);
}

static void only_where_a_new_path_begins_is_in_the_index(void **state)
{
	struct fixture fixture = new_tree(UINT32_MAX);
	struct path path = { .depth = DEPTH };
	int folded = 0;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		for (unsigned at = 0; at < DEPTH; at++)
			path.place[at] = PLACE(1, 0x1000 + (at < 10 ? 0 : i) * 16);
		intern(fixture.tree, &path, &folded);
	}
	assert_int_equal(fixture.memory->pages.header->nodes, 1 + DEPTH + 4 * (DEPTH - 10));
	assert_int_equal(fixture.tree->nodes.newest->used, 5);
	free_tree(&fixture);
}

static void accounts_are_told_apart_by_stack_dag_node_and_kind(void **state)
{
	enum { STACKS = 20, DAG_NODES = 40, KINDS = 3 };
	static account_id account[STACKS][DAG_NODES][KINDS];
	struct fixture fixture = new_tree(UINT32_MAX);
	uint32_t expected = 1;
	int folded = 0;

	(void)state;
	for (unsigned round = 0; round < 2; round++)
		for (unsigned s = 0; s < STACKS; s++)
			for (unsigned d = 0; d < DAG_NODES; d++)
				for (unsigned k = 0; k < KINDS; k++) {
					node_id stack = call_tree_child(fixture.tree, NODE_ROOT,
									PLACE(1, 64 + s), &folded);
					account_id id = call_tree_account_of(fixture.tree, stack, d,
									     (enum account_kind)k);
					uint64_t subject = call_tree_subject(fixture.tree, id);

					if (round)
						assert_int_equal(id, account[s][d][k]);
					else
						assert_int_equal(id, expected++);
					account[s][d][k] = id;
					assert_true(subject_is_sound(subject));
					assert_int_equal(subject_stack(subject), stack);
					assert_int_equal(subject_dag_node(subject), d);
					assert_int_equal(subject_kind(subject), k);
				}
	assert_int_equal(fixture.memory->pages.header->accounts, expected);
	free_tree(&fixture);
}

static void a_stack_knows_its_own_account(void **state)
{
	struct fixture fixture = new_tree(UINT32_MAX);
	int folded = 0;
	node_id stack = call_tree_child(fixture.tree, NODE_ROOT, PLACE(1, 64), &folded);

	(void)state;
	assert_int_equal(call_tree_node(fixture.tree, stack)->account, 0);
	account_id id = call_tree_account_of(fixture.tree, stack, 0, ACCOUNT_HEAP);

	assert_int_not_equal(id, 0);
	assert_int_equal(call_tree_node(fixture.tree, stack)->account, id);
	free_tree(&fixture);
}

static void a_full_profile_folds_new_paths_into_known_ancestors(void **state)
{
	struct fixture fixture = new_tree(40);
	struct random random = { 3 };
	struct path path = { .depth = 0 }, known = { .place = { PLACE(9, 1), PLACE(9, 2) }, .depth = 2 };
	uint32_t nodes;
	int folded = 0;
	node_id node, first = intern(fixture.tree, &known, &folded);

	(void)state;
	while (!folded) {
		path = draw_path(&random, 1000);
		node = intern(fixture.tree, &path, &folded);
	}
	nodes = fixture.memory->pages.header->nodes;
	for (unsigned i = 0; i < 1000; i++) {
		path = draw_path(&random, 1000);
		path.place[0] = PLACE(9, 1);
		node = intern(fixture.tree, &path, &folded);
		/* What it was folded into is a node above the path's last place. */
		while (node != 1)
			node = call_tree_node(fixture.tree, node)->parent;
	}
	folded = 0;
	assert_int_equal(intern(fixture.tree, &known, &folded), first);
	assert_false(folded);
	assert_true(fixture.memory->pages.header->nodes <= nodes + 1);
	assert_int_equal(call_tree_account_of(fixture.tree, first, 5, ACCOUNT_HEAP), 0);
	free_tree(&fixture);
}

static void a_profile_without_room_is_refused(void **state)
{
	struct memory_pages *pages = memory_pages_new(3);
	struct call_tree *tree = calloc(1, sizeof *tree);

	(void)state;
	assert_int_equal(call_tree_init(tree, &pages->pages, &memory), -1);
	memory_pages_free(pages);
	free(tree);
	while (reserved_count)
		free(reserved[--reserved_count]);
}

/* --- Threads ---------------------------------------------------------------- */

struct inserter {
	struct call_tree *tree;
	uint64_t shared_seed, own_seed;
	pthread_barrier_t *start;
	struct path path[PATHS];
	node_id node[PATHS];
	account_id account[PATHS];
	uint64_t charged[PATHS];        /* what this thread would have charged to it */
};

/* Every second path is drawn by all threads alike. */
static void *insert_many(void *argument)
{
	struct inserter *inserter = argument;
	struct random shared = { inserter->shared_seed }, own = { inserter->own_seed };
	int folded = 0;

	pthread_barrier_wait(inserter->start);
	for (unsigned i = 0; i < PATHS; i++) {
		inserter->path[i] = draw_path(i % 2 ? &own : &shared, 300);
		inserter->node[i] = i % 5 ? intern(inserter->tree, &inserter->path[i], &folded)
					  : intern_step_by_step(inserter->tree, &inserter->path[i], &folded);
		inserter->account[i] = call_tree_account_of(inserter->tree, inserter->node[i],
							    i % 3, ACCOUNT_HEAP);
		inserter->charged[i] = i + 1;
	}
	return NULL;
}

static struct inserter *run_inserters(struct call_tree *tree, uint64_t seed)
{
	struct inserter *inserters = calloc(THREADS, sizeof *inserters);
	pthread_t threads[THREADS];
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, THREADS);
	for (unsigned i = 0; i < THREADS; i++) {
		inserters[i].tree = tree;
		inserters[i].shared_seed = seed;
		inserters[i].own_seed = seed * 1000 + i;
		inserters[i].start = &start;
		pthread_create(&threads[i], NULL, insert_many, &inserters[i]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
	return inserters;
}

static uint64_t hash_path(const struct path *path, unsigned dag_node)
{
	uint64_t hash = 14695981039346656037u ^ dag_node;

	for (unsigned i = 0; i < path->depth; i++)
		hash = (hash ^ path->place[i]) * 1099511628211u;
	return hash;
}

struct sum { uint64_t key, charged; };

static int by_key(const void *a, const void *b)
{
	const struct sum *left = a, *right = b;

	return left->key < right->key ? -1 : left->key > right->key;
}

/* Sort and add up what has the same key; how many keys there are. */
static size_t merge(struct sum *sum, size_t count)
{
	size_t merged = 0;

	qsort(sum, count, sizeof *sum, by_key);
	for (size_t i = 0; i < count; i++) {
		if (merged && sum[merged - 1].key == sum[i].key)
			sum[merged - 1].charged += sum[i].charged;
		else
			sum[merged++] = sum[i];
	}
	return merged;
}

/* The path that a reader finds by an account's stack. */
static struct path path_of(const struct call_tree *tree, node_id node)
{
	struct path reversed = { .depth = 0 }, path;

	for (; node != NODE_ROOT; node = call_tree_node(tree, node)->parent) {
		assert_true(node < tree->pages->header->nodes);
		assert_true(reversed.depth < DEPTH);
		reversed.place[reversed.depth++] = call_tree_node(tree, node)->place;
	}
	path.depth = reversed.depth;
	for (unsigned i = 0; i < path.depth; i++)
		path.place[i] = reversed.place[path.depth - 1 - i];
	return path;
}

/* Charges by drawn path are those by the paths that the accounts stand for. */
static void check_sums(const struct call_tree *tree, const struct inserter *inserters)
{
	struct sum *drawn = calloc(THREADS * PATHS, sizeof *drawn);
	struct sum *read = calloc(THREADS * PATHS, sizeof *read);
	size_t count = 0;

	for (unsigned t = 0; t < THREADS; t++) {
		for (unsigned i = 0; i < PATHS; i++, count++) {
			const struct inserter *from = &inserters[t];
			uint64_t subject = call_tree_subject(tree, from->account[i]);
			struct path path = path_of(tree, subject_stack(subject));

			assert_int_not_equal(from->account[i], 0);
			drawn[count].key = hash_path(&from->path[i], i % 3);
			read[count].key = hash_path(&path, subject_dag_node(subject));
			drawn[count].charged = read[count].charged = from->charged[i];
		}
	}
	size_t drawn_keys = merge(drawn, count), read_keys = merge(read, count);

	assert_int_equal(drawn_keys, read_keys);
	assert_memory_equal(drawn, read, drawn_keys * sizeof *drawn);
	free(drawn);
	free(read);
}

static void threads_agree_on_sums_whatever_ids_they_get(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct fixture fixture = new_tree(UINT32_MAX);
		struct inserter *inserters = run_inserters(fixture.tree, seed);

		for (unsigned t = 0; t < THREADS; t++)
			for (unsigned i = 0; i < PATHS; i++)
				check_node_is(fixture.tree, inserters[t].node[i], &inserters[t].path[i]);
		check_sums(fixture.tree, inserters);
		free(inserters);
		free_tree(&fixture);
	}
}

static void threads_that_fill_a_profile_get_valid_nodes_all_the_same(void **state)
{
	struct fixture fixture = new_tree(60);
	struct inserter *inserters = run_inserters(fixture.tree, 77);

	(void)state;
	for (unsigned t = 0; t < THREADS; t++) {
		for (unsigned i = 0; i < PATHS; i++) {
			node_id node = inserters[t].node[i];
			struct path whole = inserters[t].path[i], kept;

			/* Places of the path, in order, maybe with gaps where a node was folded. */
			kept = path_of(fixture.tree, node);
			for (unsigned k = 0, w = 0; k < kept.depth; k++, w++) {
				while (w < whole.depth && whole.place[w] != kept.place[k])
					w++;
				assert_true(w < whole.depth);
			}
		}
	}
	free(inserters);
	free_tree(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_tree_has_a_root_and_no_account),
		cmocka_unit_test(the_same_path_has_the_same_node_and_no_other_has),
		cmocka_unit_test(nodes_are_found_again_after_the_index_has_grown),
		cmocka_unit_test(a_chain_as_deep_as_a_recursion_is_kept_whole),
		cmocka_unit_test(a_path_has_one_node_whether_made_whole_or_step_by_step),
		cmocka_unit_test(only_where_a_new_path_begins_is_in_the_index),
		cmocka_unit_test(accounts_are_told_apart_by_stack_dag_node_and_kind),
		cmocka_unit_test(a_stack_knows_its_own_account),
		cmocka_unit_test(a_full_profile_folds_new_paths_into_known_ancestors),
		cmocka_unit_test(a_profile_without_room_is_refused),
		cmocka_unit_test(threads_agree_on_sums_whatever_ids_they_get),
		cmocka_unit_test(threads_that_fill_a_profile_get_valid_nodes_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
