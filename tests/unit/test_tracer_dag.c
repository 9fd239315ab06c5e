#include "tracer/dag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/live_profile.h"
#include "tests/unit/random.h"
#include "tracer/account.h"
#include "tracer/dag_nodes.h"
#include "tracer/dag_results.h"
#include "tracer/dag_runs.h"
#include "tracer/guard.h"
#include "tracer/real.h"
#include "tracer/shadow.h"
#include "tracer/snapshot.h"
#include "tracer/unwind.h"

/* Blocks at made-up addresses, with a made-up usable size. */
enum { BLOCKS = 300, BLOCK_ROOM = 1 << 17 };

static const uintptr_t HEAP_START = (uintptr_t)0x123 << 32;

static uint64_t usable[BLOCKS], requested[BLOCKS];
static uint32_t owner[BLOCKS];          /* the node that allocated it */
static bool live[BLOCKS];

static void *block_address(unsigned i)
{
	return (void *)(HEAP_START + (uintptr_t)i * BLOCK_ROOM);
}

static size_t fake_usable_size(void *block)
{
	return usable[((uintptr_t)block - HEAP_START) / BLOCK_ROOM];
}

static struct frame site_frame(void)
{
	static uintptr_t no_stack[16];

	return (struct frame) { .pc = 0x1000, .sp = (uintptr_t)no_stack, .bp = 0 };
}

static struct thread *this_thread(void)
{
	struct thread *thread = guard_enter(site_frame().sp);

	assert_non_null(thread);
	guard_leave(thread);
	return thread;
}

static void allocate(struct thread *thread, unsigned i, uint64_t bytes, uint64_t slack)
{
	struct frame caller = site_frame();

	requested[i] = bytes;
	usable[i] = bytes + slack < 24 ? 24 : bytes + slack;
	owner[i] = thread->dag_node;
	live[i] = true;
	account_alloc(block_address(i), bytes, &caller);
}

static void release(unsigned i)
{
	live[i] = false;
	assert_true(account_free(block_address(i), site_frame().sp));
}

/* The execution that was recorded last. */
static const struct dag_execution *newest(const struct thread *thread)
{
	assert_non_null(thread->dag.log.next);
	return thread->dag.log.next - 1;
}

/* --- What executions take --------------------------------------------------------- */

struct model_level { uint32_t node; int64_t begin, high, allocated, retained; };

struct model {
	struct random random;
	struct model_level level[DAG_DEPTH_MAX];
	unsigned depth;
	int64_t net;
};

static void model_moved(struct model *model, int64_t bytes, uint32_t node, bool frees)
{
	struct model_level *inner = model->depth ? &model->level[model->depth - 1] : NULL;

	model->net += bytes;
	for (unsigned i = 0; i < model->depth; i++)
		if (model->net > model->level[i].high)
			model->level[i].high = model->net;
	if (!inner)
		return;
	if (!frees)
		inner->allocated += bytes;
	if (!frees || node == inner->node)
		inner->retained += bytes;
}

static void step(struct model *model, struct thread *thread, const uint32_t *node, unsigned nodes)
{
	unsigned i = (unsigned)random_below(&model->random, BLOCKS);
	unsigned kind = (unsigned)random_below(&model->random, 100);

	if (kind < 10 && model->depth < 8) {
		uint32_t begun = node[random_below(&model->random, nodes)];

		dag_begin(thread, begun);
		model->level[model->depth++] = (struct model_level){ begun, model->net, model->net, 0, 0 };
	} else if (kind < 20 && model->depth) {
		const struct model_level *level = &model->level[--model->depth];
		int status = (int)random_below(&model->random, 2);
		const struct dag_execution *recorded;

		dag_end(thread, level->node, status);
		recorded = newest(thread);
		assert_int_equal(recorded->dag_node, level->node);
		assert_int_equal(recorded->status, status);
		assert_int_equal(recorded->transient_bytes, level->high - level->begin);
		assert_int_equal(recorded->allocated_bytes, level->allocated);
		assert_int_equal(recorded->retained_bytes, level->retained);
		assert_true(recorded->begin_ns && recorded->begin_ns <= recorded->end_ns);
		assert_int_equal((recorded->flags & EXECUTION_NESTED) != 0, model->depth != 0);
	} else if (live[i]) {
		uint32_t from = owner[i];

		release(i);
		model_moved(model, -(int64_t)requested[i], from, true);
	} else {
		allocate(thread, i, 1 + random_below(&model->random, 5000),
			 random_below(&model->random, 100));
		model_moved(model, (int64_t)requested[i], 0, false);
	}
}

static void peaks_and_sums_of_nested_executions_are_exact(void **state)
{
	enum { NODES = 6, STEPS = 60000 };
	struct model model = { .random = { 5 } };
	struct thread *thread = this_thread();
	uint32_t node[NODES];

	(void)state;
	for (unsigned i = 0; i < NODES; i++)
		node[i] = dag_nodes_declare("node", NULL, 0);
	for (unsigned i = 0; i < STEPS; i++)
		step(&model, thread, node, NODES);
	while (model.depth)
		dag_end(thread, model.level[--model.depth].node, 0);
	for (unsigned i = 0; i < BLOCKS; i++)
		if (live[i])
			release(i);
}

static void a_helpers_turn_ends_with_the_next(void **state)
{
	struct thread *thread = this_thread();
	uint32_t first = dag_nodes_declare("first", NULL, 0), second = dag_nodes_declare("second", NULL, 0);

	(void)state;
	assert_int_equal(dag_switch(thread, first), 0);
	allocate(thread, 0, 1000, 0);
	assert_int_equal(dag_switch(thread, second), first);
	assert_int_equal(newest(thread)->dag_node, first);
	assert_int_equal(newest(thread)->transient_bytes, 1000);
	assert_true(newest(thread)->flags & EXECUTION_HELPER);
	release(0);
	dag_begin(thread, first);
	allocate(thread, 1, 70, 0);
	dag_end(thread, first, 0);
	assert_int_equal(newest(thread)->transient_bytes, 70);
	assert_int_equal(dag_switch(thread, 0), second);
	assert_int_equal(newest(thread)->dag_node, second);
	assert_int_equal(newest(thread)->transient_bytes, 0);
	assert_int_equal(thread->dag.depth, 0);
	release(1);
}

static void what_a_thread_leaves_open_is_recorded_as_cut(void **state)
{
	struct thread *thread = this_thread();
	uint32_t outer = dag_nodes_declare("open", NULL, 0), inner = dag_nodes_declare("inside", NULL, 0);

	(void)state;
	dag_begin(thread, outer);
	dag_begin(thread, inner);
	dag_leave(thread);
	assert_int_equal(newest(thread)->dag_node, outer);
	assert_true(newest(thread)->flags & EXECUTION_CUT);
	assert_int_equal(thread->dag_node, 0);
}

/* --- Results --------------------------------------------------------------------------- */

static const struct dag_result *result_of_slot(uint32_t slot)
{
	uint32_t used = profile_header()->pages_used;

	for (uint32_t page = 0; page < used; page++) {
		const struct page_entry *entry = page % PAGES_PER_EXTENT ?
			page_entry_of(&profile.pages, page) : NULL;

		if (entry && entry->kind == PAGE_RESULTS && entry->index == slot / RESULTS_PER_PAGE)
			return (struct dag_result *)page_at(&profile.pages, page) + slot % RESULTS_PER_PAGE;
	}
	return NULL;
}

static const struct dag_result *newest_result(void)
{
	return result_of_slot(profile_header()->results - 1);
}

/* Slack of a result is kept apart: whatever it is, the sums come out even. */
static void results_keep_their_slack_and_end_with_their_free(void **state)
{
	struct thread *thread = this_thread();
	uint32_t node = dag_nodes_declare("makes", NULL, 0), other = dag_nodes_declare("frees", NULL, 0);
	struct random random = { 9 };
	account_id account;
	struct live_sums before;

	(void)state;
	dag_begin(thread, node);
	allocate(thread, 0, 10, 0);
	account = shadow_get((uintptr_t)block_address(0), false).account;
	release(0);
	before = live_profile_sums(account);
	for (unsigned round = 0; round < 2000; round++) {
		unsigned i = (unsigned)random_below(&random, BLOCKS);
		uint64_t bytes = 1 + random_below(&random, 3000);
		const struct dag_result *result;

		allocate(thread, i, bytes, random_below(&random, 2) ? random_below(&random, 64)
								    : random_below(&random, 5000));
		dag_results_produced(thread, node, (uintptr_t)block_address(i), 0);
		result = newest_result();
		assert_int_equal(result->dag_node, node);
		assert_int_equal(result->bytes, bytes);
		assert_int_equal(result->freed_ns, 0);
		assert_int_equal(shadow_get((uintptr_t)block_address(i), false).slack_bytes, usable[i] - bytes);
		dag_begin(thread, other);
		release(i);
		dag_end(thread, other, 0);
		assert_true(result->freed_ns >= result->produced_ns);
		assert_int_equal(result->freed_by, other);
	}
	dag_end(thread, node, 0);
	struct live_sums after = live_profile_sums(account);

	assert_int_equal(after.slack_bytes, before.slack_bytes);
	assert_int_equal(after.live_bytes, before.live_bytes);
	assert_int_equal(after.allocations - before.allocations, 2000);
}

static void a_realloc_that_fails_leaves_a_result(void **state)
{
	struct thread *thread = this_thread();
	uint32_t node = dag_nodes_declare("keeps", NULL, 0);
	struct moving_block moving;

	(void)state;
	allocate(thread, 3, 500, 90);
	dag_results_produced(thread, node, (uintptr_t)block_address(3), 0);
	moving = account_realloc_begin(block_address(3));
	assert_int_equal(moving.slack_bytes, 90);
	account_realloc_failed(block_address(3), &moving);
	assert_int_equal(newest_result()->freed_ns, 0);
	assert_int_equal(shadow_get((uintptr_t)block_address(3), false).slack_bytes, 90);
	release(3);
	assert_int_not_equal(newest_result()->freed_ns, 0);
}

static void parts_released_at_once_are_all_released(void **state)
{
	struct thread *thread = this_thread();
	uint32_t node = dag_nodes_declare("parts", NULL, 0), first = profile_header()->results;
	uint64_t misused = profile_header()->quality.nodes_misused;

	(void)state;
	for (unsigned i = 10; i < 20; i++) {
		allocate(thread, i, 64, 0);
		dag_results_produced(thread, node, (uintptr_t)block_address(i), 0);
	}
	release(15);
	dag_results_released(node, (uintptr_t)block_address(12));
	dag_results_released(node, 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(result_of_slot(first + i)->released_ns != 0, i != 5);
	assert_int_equal(profile_header()->quality.nodes_misused, misused);
	dag_results_released(node, 0);
	assert_int_equal(profile_header()->quality.nodes_misused, misused + 1);
	for (unsigned i = 10; i < 20; i++)
		if (i != 15)
			release(i);
}

static void what_is_no_block_is_found_by_its_address_alone(void **state)
{
	struct thread *thread = this_thread();
	uint32_t node = dag_nodes_declare("elsewhere", NULL, 0);

	(void)state;
	dag_results_produced(thread, node, 5, 1 << 20);                 /* a file's number */
	assert_int_equal(newest_result()->flags, 0);
	dag_results_produced(thread, node, UINTPTR_MAX, 77);
	assert_int_equal(newest_result()->bytes, 77);
	allocate(thread, 30, 4000, 1000);                               /* wide slack stands beside it */
	dag_results_produced(thread, node, (uintptr_t)block_address(30) + 32, 10);
	assert_int_equal(newest_result()->flags, 0);
	dag_results_released(node, 0);
	assert_int_not_equal(newest_result()->freed_ns, 0);
	assert_int_equal(shadow_get((uintptr_t)block_address(30), false).slack_bytes, 1000);
	release(30);
}

/* --- Nodes and runs ----------------------------------------------------------------------- */

static void a_later_run_declares_the_same_nodes(void **state)
{
	uint32_t load = dag_nodes_declare("load", NULL, 0), twin = dag_nodes_declare("load", NULL, 0);
	uint32_t join[] = { load, twin };
	uint32_t joined = dag_nodes_declare("join", join, 2);

	(void)state;
	assert_int_not_equal(load, twin);
	for (unsigned run = 0; run < 100; run++) {
		uint32_t number = dag_runs_begin("again", run);

		assert_int_equal(dag_runs_current(), number);
		assert_int_equal(dag_nodes_declare("load", NULL, 0), load);
		assert_int_equal(dag_nodes_declare("load", NULL, 0), twin);
		assert_int_equal(dag_nodes_declare("join", join, 2), joined);
		assert_int_not_equal(dag_nodes_declare("join", join, run % 2), joined);
		dag_runs_end(number, 0);
		assert_int_equal(dag_runs_current(), 0);
	}
}

static uint32_t pages_of(enum page_kind kind)
{
	uint32_t used = profile_header()->pages_used, count = 0;

	for (uint32_t page = 0; page < used; page++)
		count += page % PAGES_PER_EXTENT && page_entry_of(&profile.pages, page)->kind == kind;
	return count;
}

static void snapshots_of_runs_are_thinned_and_their_pages_used_again(void **state)
{
	uint32_t used = 0;

	(void)state;
	for (unsigned run = 0; run < 20000; run++) {
		dag_runs_end(dag_runs_begin("many", run), 0);
		if (run == 1000)
			used = profile_header()->pages_used;
	}
	assert_true(pages_of(PAGE_SNAPSHOT) > RUN_SNAPSHOTS_MAX / 4);
	assert_true(profile_header()->pages_used < used + 64 + RUNS_KEPT_MAX / RUNS_PER_PAGE);
	assert_int_equal(pages_of(PAGE_RUNS), RUNS_KEPT_MAX / RUNS_PER_PAGE);
}

static void runs_nest_and_overlap(void **state)
{
	uint32_t first = dag_runs_begin("first", 1), second = dag_runs_begin(NULL, 2);
	uint64_t misused = profile_header()->quality.nodes_misused;

	(void)state;
	assert_int_equal(dag_runs_current(), second);
	dag_runs_end(first, 0);
	assert_int_equal(dag_runs_current(), second);
	dag_runs_end(second, 1);
	assert_int_equal(dag_runs_current(), 0);
	dag_runs_end(second, 0);
	assert_int_equal(profile_header()->quality.nodes_misused, misused + 1);
}

static void executions_beyond_the_room_replace_older_ones(void **state)
{
	const uint64_t more = (uint64_t)EXECUTION_PAGES_MAX * EXECUTIONS_PER_PAGE + 1000;
	struct thread *thread = this_thread();
	uint32_t node = dag_nodes_declare("short", NULL, 0);
	const struct dag_execution *first = thread->dag.log.page[0];
	uint64_t before = first->begin_ns;

	(void)state;
	for (uint64_t i = 0; i < more; i++) {
		dag_begin(thread, node);
		dag_end(thread, node, 0);
	}
	assert_true(thread->dag.log.full);
	assert_int_equal(dag_log_executions(node), more);
	assert_int_equal(first->begin_ns, before);
	assert_true(pages_of(PAGE_EXECUTIONS) <= EXECUTION_PAGES_MAX);
	assert_true(profile_header()->quality.executions_folded >= 1000);
	assert_int_equal(newest(thread)->dag_node, node);
}

/* The last: no further test has nodes of its own. */
static void nodes_without_end_are_folded_by_name(void **state)
{
	char name[32];
	uint32_t last = 0;

	(void)state;
	while (profile_header()->dag_nodes < DAG_NODES_MAX - 1) {
		snprintf(name, sizeof name, "task%u", profile_header()->dag_nodes % 10);
		last = dag_nodes_declare(name, &last, last != 0);
	}
	assert_int_equal(profile_header()->quality.nodes_folded, 0);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "task%u", i % 10);
		uint32_t folded = dag_nodes_declare(name, &last, 1);

		assert_true(folded && folded <= profile_header()->dag_nodes);
		assert_true(folded > profile_header()->dag_nodes - 20);
	}
	assert_int_equal(dag_nodes_declare("a new name", NULL, 0), DAG_NODES_MAX);
	assert_int_equal(dag_nodes_declare("another", NULL, 0), DAG_NODES_MAX);
	assert_int_equal(profile_header()->quality.nodes_folded, 102);
}

static int setup(void **state)
{
	int failed = live_profile_setup(state);

	real.usable_size = fake_usable_size;
	return failed;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peaks_and_sums_of_nested_executions_are_exact),
		cmocka_unit_test(a_helpers_turn_ends_with_the_next),
		cmocka_unit_test(what_a_thread_leaves_open_is_recorded_as_cut),
		cmocka_unit_test(results_keep_their_slack_and_end_with_their_free),
		cmocka_unit_test(a_realloc_that_fails_leaves_a_result),
		cmocka_unit_test(parts_released_at_once_are_all_released),
		cmocka_unit_test(what_is_no_block_is_found_by_its_address_alone),
		cmocka_unit_test(a_later_run_declares_the_same_nodes),
		cmocka_unit_test(snapshots_of_runs_are_thinned_and_their_pages_used_again),
		cmocka_unit_test(runs_nest_and_overlap),
		cmocka_unit_test(executions_beyond_the_room_replace_older_ones),
		cmocka_unit_test(nodes_without_end_are_folded_by_name),
	};

	return cmocka_run_group_tests(tests, setup, live_profile_teardown);
}
