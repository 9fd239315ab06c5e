/* account: what is allocated while a node of a DAG runs is charged to it. */
#include "tests/unit/account_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tracer/dag.h"
#include "tracer/dag_nodes.h"
#include "tracer/guard.h"

static uint64_t allocated_at(const struct model_site *site, uint32_t node)
{
	uint32_t stack = subject_stack(call_tree_subject(&profile.tree, site->account));

	return (uint64_t)live_profile_sums(call_tree_account_of(&profile.tree, stack, node,
								ACCOUNT_HEAP)).allocated_bytes;
}

static void a_node_is_charged_with_what_is_allocated_while_it_runs(void **state)
{
	struct model *model = model_new(10);
	struct frame caller = model_site_frame(2);
	uint32_t outer = dag_nodes_declare("outer", NULL, 0), inner = dag_nodes_declare("inner", &outer, 1);
	uint64_t outside = allocated_at(&model->site[2], 0);
	struct thread *thread = guard_enter(caller.sp);

	(void)state;
	assert_non_null(thread);
	guard_leave(thread);
	for (unsigned i = 0; i < 8; i++)
		model_usable[0][i] = 1000;
	dag_begin(thread, outer);
	account_alloc(model_block_address(0, 0), 1, &caller);
	dag_begin(thread, inner);
	account_alloc(model_block_address(0, 1), 20, &caller);
	account_alloc(model_block_address(0, 2), 20, &caller);
	dag_end(thread, inner, 0);
	account_alloc(model_block_address(0, 3), 300, &caller);
	assert_int_equal(dag_switch(thread, 0), outer);
	account_alloc(model_block_address(0, 4), 500, &caller);
	assert_int_equal(dag_switch(thread, outer), 0);
	dag_end(thread, outer, 0);
	assert_int_equal(thread->dag_node, 0);
	assert_int_equal(allocated_at(&model->site[2], outer), 301);
	assert_int_equal(allocated_at(&model->site[2], inner), 40);
	assert_int_equal(allocated_at(&model->site[2], 0), outside + 500);
	for (unsigned i = 0; i < 5; i++)
		assert_true(account_free(model_block_address(0, i), caller.sp));
	free(model);
}

/* More pairs of account and node than the cache has places. */
static void nodes_that_share_a_place_in_the_cache_are_told_apart(void **state)
{
	enum { MANY = 3 * DAG_CACHE_SLOTS };
	struct model *model = model_new(11);
	struct frame caller = model_site_frame(3);
	struct thread *thread = guard_enter(caller.sp);
	uint32_t first = 0;

	(void)state;
	guard_leave(thread);
	model_usable[0][0] = 1000;
	for (unsigned round = 0; round < 2; round++)
		for (uint32_t i = 0; i < MANY; i++) {
			uint32_t node = round ? first + i : dag_nodes_declare("many", NULL, 0);

			first = first ? first : node;
			dag_begin(thread, node);
			account_alloc(model_block_address(0, 0), 1 + i % 900, &caller);
			assert_true(account_free(model_block_address(0, 0), caller.sp));
			dag_end(thread, node, 0);
		}
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(allocated_at(&model->site[3], first + i), 2 * (1 + i % 900));
	free(model);
}

static void misuse_of_nodes_is_counted_and_leaves_nothing_behind(void **state)
{
	uint64_t *misused = &profile_header()->quality.nodes_misused, before = *misused;
	uint32_t outer = dag_nodes_declare("outer", NULL, 0), inner = dag_nodes_declare("inner", NULL, 0);
	struct thread *thread = guard_enter((uintptr_t)__builtin_frame_address(0));

	(void)state;
	guard_leave(thread);
	dag_end(thread, outer, 0);
	dag_begin(thread, inner + 1);
	assert_int_equal(dag_switch(thread, inner + 1), 0);
	assert_int_equal(*misused, before + 3);
	for (int i = 0; i < DAG_DEPTH_MAX + 5; i++)
		dag_begin(thread, outer);
	assert_int_equal(*misused, before + 8);
	for (int i = 0; i < DAG_DEPTH_MAX + 5; i++)
		dag_end(thread, outer, 0);
	assert_int_equal(*misused, before + 8);
	assert_int_equal(thread->dag_node, 0);
	dag_begin(thread, outer);
	dag_begin(thread, inner);
	dag_end(thread, outer, 0);
	assert_int_equal(*misused, before + 9);
	assert_int_equal(thread->dag_node, 0);
	assert_int_equal(thread->dag.depth, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_node_is_charged_with_what_is_allocated_while_it_runs),
		cmocka_unit_test(nodes_that_share_a_place_in_the_cache_are_told_apart),
		cmocka_unit_test(misuse_of_nodes_is_counted_and_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, model_setup, live_profile_teardown);
}
