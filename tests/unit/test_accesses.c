#include "tracer/adapters/accesses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/random.h"

enum { NODES = 60, ADDRESSES = 4, USES = 3, ROUNDS = 500 };

struct use { uintptr_t address; enum access_mode mode; };

/* Which node must come before which, by way of others too. */
typedef bool order[NODES + 1][NODES + 1];

static void close_order(order before)
{
	for (int k = 1; k <= NODES; k++)
		for (int i = 1; i <= NODES; i++)
			for (int j = 1; j <= NODES; j++)
				before[i][j] |= before[i][k] && before[k][j];
}

/* What the order of the two matters for. */
static bool conflict(const struct use *a, const struct use *b)
{
	if (a->address != b->address || (a->mode == ACCESS_READ && b->mode == ACCESS_READ))
		return false;
	return a->mode != b->mode || a->mode < ACCESS_EXCLUSIVE;
}

static void add_conflicts(order before, struct use use[NODES + 1][USES])
{
	for (int i = 1; i <= NODES; i++)
		for (int j = i + 1; j <= NODES; j++)
			for (int k = 0; k < USES * USES; k++)
				before[i][j] |= conflict(&use[i][k / USES], &use[j][k % USES]);
}

static void add_node(struct accesses *accesses, const struct use use[USES], uint32_t node, order before)
{
	struct node_set nodes;

	node_set_init(&nodes);
	for (int i = 0; i < USES; i++)
		accesses_before(accesses, use[i].address, use[i].mode, &nodes);
	node_set_finish(&nodes);
	for (size_t i = 0; i < nodes.count; i++) {
		assert_in_range(nodes.node[i], 1, node - 1);
		before[nodes.node[i]][node] = true;
	}
	node_set_release(&nodes);
	for (int i = 0; i < USES; i++)
		accesses_enter(accesses, use[i].address, use[i].mode, node);
}

/* Different addresses, since a task says one thing of each. */
static void draw(struct random *random, struct use use[USES])
{
	for (int i = 0; i < USES; i++)
		use[i] = (struct use){
			.address = 0x1000 + 8 * ((random_below(random, ADDRESSES - USES + 1)) + (uint64_t)i),
			.mode = (enum access_mode)random_below(random, ACCESS_CONCURRENT + 1),
		};
	for (int i = 1; i < USES; i++)
		if (use[i].address <= use[i - 1].address)
			use[i].address = use[i - 1].address + 8;
}

static void the_order_is_that_of_all_conflicting_pairs(void **state)
{
	struct random random = { 5 };

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct accesses accesses = { 0 };
		static struct use use[NODES + 1][USES];
		static order wanted, got;

		memset(wanted, 0, sizeof wanted);
		memset(got, 0, sizeof got);
		for (uint32_t node = 1; node <= NODES; node++) {
			draw(&random, use[node]);
			add_node(&accesses, use[node], node, got);
		}
		add_conflicts(wanted, use);
		close_order(wanted);
		close_order(got);
		assert_memory_equal(got, wanted, sizeof got);
		accesses_release(&accesses);
	}
}

static void expect_before(const struct accesses *accesses, uintptr_t address, enum access_mode mode,
			  const uint32_t *wanted, size_t count)
{
	struct node_set nodes;

	node_set_init(&nodes);
	accesses_before(accesses, address, mode, &nodes);
	node_set_finish(&nodes);
	assert_int_equal(nodes.count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(nodes.node[i], wanted[i]);
	node_set_release(&nodes);
}

static void who_reads_and_writes_needs_what_was_written(void **state)
{
	struct accesses accesses = { 0 };

	(void)state;
	accesses_enter(&accesses, 8, ACCESS_WRITE, 1);
	accesses_enter(&accesses, 8, ACCESS_READ, 2);
	accesses_enter(&accesses, 8, ACCESS_READ, 3);
	expect_before(&accesses, 8, ACCESS_READ, (uint32_t[]){ 1 }, 1);
	expect_before(&accesses, 8, ACCESS_WRITE, (uint32_t[]){ 2, 3 }, 2);
	expect_before(&accesses, 8, ACCESS_READ_WRITE, (uint32_t[]){ 1, 2, 3 }, 3);
	expect_before(&accesses, 16, ACCESS_WRITE, NULL, 0);
	accesses_forget(&accesses, 8);
	expect_before(&accesses, 8, ACCESS_READ_WRITE, NULL, 0);
	accesses_release(&accesses);
}

static void many_readers_are_all_known(void **state)
{
	enum { MANY = 100000 };
	struct accesses accesses = { 0 };
	struct node_set nodes;

	(void)state;
	for (uint32_t node = MANY; node > 0; node--)
		accesses_enter(&accesses, 8, ACCESS_READ, node);
	node_set_init(&nodes);
	accesses_before(&accesses, 8, ACCESS_WRITE, &nodes);
	accesses_before(&accesses, 8, ACCESS_WRITE, &nodes);
	node_set_finish(&nodes);
	assert_int_equal(nodes.count, MANY);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(nodes.node[i], i + 1);
	node_set_release(&nodes);
	accesses_release(&accesses);
}

static void many_addresses_are_told_apart(void **state)
{
	enum { MANY = 50000 };
	struct accesses accesses = { 0 };

	(void)state;
	for (uint32_t i = 1; i <= MANY; i++)
		accesses_enter(&accesses, (uintptr_t)i << 12, ACCESS_WRITE, i);
	for (uint32_t i = 1; i <= MANY; i += 7)
		expect_before(&accesses, (uintptr_t)i << 12, ACCESS_READ, &i, 1);
	accesses_release(&accesses);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_is_that_of_all_conflicting_pairs),
		cmocka_unit_test(who_reads_and_writes_needs_what_was_written),
		cmocka_unit_test(many_readers_are_all_known),
		cmocka_unit_test(many_addresses_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
