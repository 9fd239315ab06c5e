/* dominators: against taking each node away and looking what is still reached. */
#include "analyzer/dominators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"

enum { NODES = 14, EDGES = 60, NOBODY = UINT32_MAX };

struct small {
	uint32_t nodes, first[NODES + 1], target[EDGES], roots[4];
	size_t root_count;
	uint64_t bytes[NODES];
};

static struct pointer_graph graph_of(const struct small *small)
{
	return (struct pointer_graph){ small->nodes, small->first, small->target, small->roots,
				       small->root_count };
}

static void reach(const struct small *small, uint32_t node, uint32_t without, bool *reached)
{
	if (node == without || reached[node])
		return;
	reached[node] = true;
	for (uint32_t e = small->first[node]; e < small->first[node + 1]; e++)
		reach(small, small->target[e], without, reached);
}

/* reached[n] from the roots when `without` is not there. */
static void reach_all(const struct small *small, uint32_t without, bool *reached)
{
	memset(reached, 0, NODES * sizeof *reached);
	for (size_t i = 0; i < small->root_count; i++)
		reach(small, small->roots[i], without, reached);
}

struct oracle {
	bool reached[NODES], dominates[NODES][NODES];   /* [by][whom] */
	uint32_t dominators[NODES];                     /* how many each node has */
	uint64_t retained[NODES];
};

static void ask(const struct small *small, struct oracle *oracle)
{
	memset(oracle, 0, sizeof *oracle);
	reach_all(small, NOBODY, oracle->reached);
	for (uint32_t by = 0; by < small->nodes; by++) {
		bool reached[NODES];

		reach_all(small, by, reached);
		for (uint32_t n = 0; n < small->nodes; n++) {
			bool lost = oracle->reached[n] && !reached[n];

			oracle->dominates[by][n] = lost && n != by;
			oracle->dominators[n] += oracle->dominates[by][n];
			if (lost || n == by)
				oracle->retained[by] += small->bytes[n];
		}
	}
}

/* The immediate one is dominated by all the others. */
static uint32_t nearest(const struct small *small, const struct oracle *oracle, uint32_t node)
{
	if (!oracle->reached[node])
		return DOMINATOR_UNREACHED;
	for (uint32_t by = 0; by < small->nodes; by++)
		if (oracle->dominates[by][node] &&
		    oracle->dominators[by] + 1 == oracle->dominators[node])
			return by;
	return DOMINATOR_ROOTS;
}

static void make(struct small *small, struct random *random)
{
	uint32_t edges = 0;

	small->nodes = 1 + (uint32_t)random_below(random, NODES);
	uint64_t most = 1 + random_below(random, 5);

	for (uint32_t n = 0; n < small->nodes; n++) {
		small->first[n] = edges;
		small->bytes[n] = random_below(random, 100);
		for (uint64_t i = random_below(random, most); i > 0; i--)
			small->target[edges++] = (uint32_t)random_below(random, small->nodes);
	}
	small->first[small->nodes] = edges;
	small->root_count = random_below(random, 4);
	for (size_t i = 0; i < small->root_count; i++)
		small->roots[i] = (uint32_t)random_below(random, small->nodes);
}

static void dominators_are_those_whose_removal_loses_a_node(void **state)
{
	(void)state;
	struct random random = { 7 };

	for (int round = 0; round < 50000; round++) {
		struct small small;
		struct oracle oracle;
		uint32_t dominator[NODES];
		uint64_t retained[NODES];

		make(&small, &random);
		ask(&small, &oracle);
		struct pointer_graph graph = graph_of(&small);

		assert_int_equal(dominators_find(&graph, small.bytes, dominator, retained), 0);
		for (uint32_t n = 0; n < small.nodes; n++) {
			assert_int_equal(dominator[n], nearest(&small, &oracle, n));
			assert_int_equal(retained[n], oracle.retained[n]);
		}
	}
}

static void an_empty_graph_has_none(void **state)
{
	(void)state;
	const uint32_t first[] = { 0 };
	struct pointer_graph graph = { .nodes = 0, .first = first };
	uint32_t dominator[1] = { 42 };

	assert_int_equal(dominators_find(&graph, NULL, dominator, NULL), 0);
	assert_int_equal(dominator[0], 42);
}

/* A list of a million blocks with a pointer back from each: no recursion, no quadratic time. */
static void long_lists_are_no_trouble(void **state)
{
	(void)state;
	enum { LONG = 1000000 };
	uint32_t *first = calloc(LONG + 1, sizeof *first), *target = calloc(2 * LONG, sizeof *target);
	uint32_t *dominator = calloc(LONG, sizeof *dominator), edges = 0;
	uint64_t *bytes = calloc(LONG, sizeof *bytes), *retained = calloc(LONG, sizeof *retained);
	const uint32_t roots[] = { 0 };

	assert_true(first && target && dominator && bytes && retained);
	for (uint32_t n = 0; n < LONG; n++) {
		bytes[n] = 1;
		first[n] = edges;
		if (n + 1 < LONG)
			target[edges++] = n + 1;
		if (n)
			target[edges++] = n - 1;
	}
	first[LONG] = edges;
	struct pointer_graph graph = { LONG, first, target, roots, 1 };

	assert_int_equal(dominators_find(&graph, bytes, dominator, retained), 0);
	assert_int_equal(dominator[0], DOMINATOR_ROOTS);
	for (uint32_t n = 1; n < LONG; n++) {
		assert_int_equal(dominator[n], n - 1);
		assert_int_equal(retained[n], LONG - n);
	}
	free(first);
	free(target);
	free(dominator);
	free(bytes);
	free(retained);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dominators_are_those_whose_removal_loses_a_node),
		cmocka_unit_test(an_empty_graph_has_none),
		cmocka_unit_test(long_lists_are_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
