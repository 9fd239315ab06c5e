#include "tracer/guard.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/live_profile.h"
#include "tracer/account.h"
#include "tracer/shards.h"

/*
 * Threads are made up: one thread that takes on the states of many in turn, so
 * that more of them than there are shards cost nothing.
 */
enum { OWNED = SHARDS_MAX - SHARDS_LENT };

static const uintptr_t FRAME = 0x7000000;

static void begin_thread(void)
{
	guard_local = (struct guard_local) { NULL, GUARD_NEW, 0 };
}

static uint64_t quality(uint64_t *counter)
{
	return *counter;
}

static void a_busy_thread_is_not_entered_from_a_deeper_frame(void **state)
{
	struct thread *thread = guard_enter(FRAME);

	(void)state;
	assert_non_null(thread);
	assert_null(guard_enter(FRAME - 64));
	assert_ptr_equal(guard_interrupted(), thread);
	guard_leave(thread);
	assert_ptr_equal(guard_enter(FRAME - 64), thread);
	guard_leave(thread);
}

static void a_hook_that_was_left_by_a_jump_is_healed(void **state)
{
	uint64_t *healed = &profile_header()->quality.guard_healed, before = quality(healed);
	struct thread *thread = guard_enter(FRAME - 4096);

	(void)state;
	/* Not left; the next hook stands where that one's caller is gone. */
	assert_ptr_equal(guard_enter(FRAME), thread);
	assert_int_equal(quality(healed), before + 1);
	/* The same frame: nobody nests there. */
	assert_ptr_equal(guard_enter(FRAME), thread);
	assert_int_equal(quality(healed), before + 2);
	guard_leave(thread);
	assert_ptr_equal(guard_enter(FRAME - 4096), thread);
	guard_leave(thread);
	assert_int_equal(quality(healed), before + 2);
}

static void what_handlers_queue_is_accounted_on_leaving(void **state)
{
	struct queued_event event = { .account = 1, .size_bytes = 100, .slack_bytes = 4 };
	struct live_sums before = live_profile_sums(1), after;
	struct thread *thread = guard_enter(FRAME);

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(guard_queue(thread, &event));
	event.is_free = true;
	assert_true(guard_queue(thread, &event));
	assert_int_equal(live_profile_sums(1).allocations, before.allocations);
	guard_leave(thread);
	after = live_profile_sums(1);
	assert_int_equal(after.allocations, before.allocations + 10);
	assert_int_equal(after.frees, before.frees + 1);
	assert_int_equal(after.live_bytes, before.live_bytes + 900);
	assert_int_equal(after.slack_bytes, before.slack_bytes + 36);
	assert_int_equal(thread->queue_length, 0);
}

static void events_that_find_no_place_in_the_queue_are_counted(void **state)
{
	struct queued_event event = { .account = 1, .size_bytes = 1 };
	uint64_t *dropped = &profile_header()->quality.events_dropped, before = quality(dropped);
	int64_t allocations = live_profile_sums(1).allocations;
	struct thread *thread = guard_enter(FRAME);

	(void)state;
	for (int i = 0; i < QUEUE_EVENTS; i++)
		assert_true(guard_queue(thread, &event));
	assert_false(guard_queue(thread, &event));
	assert_false(guard_queue(NULL, &event));
	assert_int_equal(quality(dropped), before + 2);
	guard_leave(thread);
	assert_int_equal(live_profile_sums(1).allocations, allocations + QUEUE_EVENTS);
}

static void a_thread_that_ends_leaves_nothing_in_its_queue(void **state)
{
	struct queued_event event = { .account = 1, .size_bytes = 1 };
	int64_t allocations = live_profile_sums(1).allocations;
	struct thread *thread = guard_enter(FRAME);

	(void)state;
	guard_leave(thread);
	/* As by a handler that came between the hook's last look and its end. */
	assert_true(guard_queue(thread, &event));
	guard_thread_end();
	assert_int_equal(live_profile_sums(1).allocations, allocations + 1);
	begin_thread();
}

static void a_shard_is_handed_on_to_the_next_thread(void **state)
{
	struct thread *first = guard_enter(FRAME), *second;
	uint32_t owners = first->page->owners;

	(void)state;
	guard_leave(first);
	assert_int_equal(shards_active(), 1);
	guard_thread_end();
	assert_int_equal(shards_active(), 0);
	assert_int_equal(first->page->owner_tid, 0);
	begin_thread();
	second = guard_enter(FRAME);
	assert_ptr_equal(second, first);
	assert_int_equal(second->page->owners, owners + 1);
	guard_leave(second);
}

static void after_its_end_a_thread_borrows_for_each_event(void **state)
{
	uint64_t *shared = &profile_header()->quality.shards_shared, before = quality(shared);
	struct thread *borrowed;

	(void)state;
	guard_leave(guard_enter(FRAME));
	guard_thread_end();
	for (unsigned i = 1; i <= 3; i++) {
		borrowed = guard_enter(FRAME);
		assert_int_equal(borrowed->kind, SHARD_LENT);
		assert_int_equal(shards_active(), 1);
		guard_leave(borrowed);
		assert_null(guard_local.thread);
		assert_int_equal(shards_active(), 0);
		assert_int_equal(quality(shared), before);      /* its own end is no want */
	}
	begin_thread();
}

/* Moves to one of the processors that this process may use; false: there are not so many. */
static bool go_to_processor(unsigned which)
{
	static cpu_set_t all;
	cpu_set_t one;

	if (CPU_COUNT(&all) == 0)
		sched_getaffinity(0, sizeof all, &all);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all) || which--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		return sched_setaffinity(0, sizeof one, &one) == 0;
	}
	return false;
}

static void a_thread_gets_the_shard_that_its_processor_had_last(void **state)
{
	struct guard_local local[2];
	struct thread *thread[2];

	(void)state;
	guard_leave(guard_enter(FRAME));
	guard_thread_end();
	if (!go_to_processor(1))
		skip();
	for (unsigned i = 0; i < 2; i++) {
		begin_thread();
		thread[i] = guard_enter(FRAME);
		guard_leave(thread[i]);
		local[i] = guard_local;
	}
	for (unsigned i = 0; i < 2; i++) {
		guard_local = local[i];
		assert_true(go_to_processor(i));
		guard_thread_end();
	}
	for (unsigned i = 2; i-- > 0;) {
		assert_true(go_to_processor(i));
		begin_thread();
		assert_ptr_equal(guard_enter(FRAME), thread[i]);
		guard_leave(thread[i]);
		guard_thread_end();
	}
	begin_thread();
}

static void a_handler_that_comes_while_its_thread_claims_a_shard_borrows_one(void **state)
{
	struct thread *thread;

	(void)state;
	begin_thread();
	guard_local.state = GUARD_CLAIMING;
	thread = guard_enter(FRAME);
	assert_int_equal(thread->kind, SHARD_LENT);
	guard_leave(thread);
	assert_null(guard_local.thread);
	assert_int_equal(guard_local.state, GUARD_CLAIMING);
	begin_thread();
}

static void who_was_thrown_out_of_claiming_gets_a_shard_in_the_end(void **state)
{
	struct thread *thread;
	unsigned events = 0;

	(void)state;
	begin_thread();
	guard_local.state = GUARD_CLAIMING;
	do {
		thread = guard_enter(FRAME);
		assert_non_null(thread);
		guard_leave(thread);
	} while (thread->kind == SHARD_LENT && ++events < 1000);
	assert_int_equal(thread->kind, SHARD_OWNED);
	assert_int_equal(guard_local.state, GUARD_OWNS);
	guard_thread_end();
	begin_thread();
}

/* Last: all shards are in use after it. */
static void threads_that_find_no_shard_share_some(void **state)
{
	static bool seen[SHARDS_MAX];
	uint64_t *shared = &profile_header()->quality.shards_shared, before = quality(shared);
	struct thread *thread;

	(void)state;
	for (unsigned i = 0; i < OWNED; i++) {
		begin_thread();
		thread = guard_enter(FRAME);
		assert_non_null(thread);
		assert_int_equal(thread->kind, SHARD_OWNED);
		assert_false(seen[thread->shard]);
		seen[thread->shard] = true;
		guard_leave(thread);
	}
	assert_int_equal(shards_active(), OWNED);
	for (unsigned i = 0; i < 2 * SHARDS_LENT; i++) {
		begin_thread();
		thread = guard_enter(FRAME);
		assert_non_null(thread);
		assert_int_equal(thread->kind, SHARD_LENT);
		guard_leave(thread);
	}
	assert_int_equal(quality(shared), before + 2 * SHARDS_LENT);
	assert_int_equal(shards_active(), OWNED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_busy_thread_is_not_entered_from_a_deeper_frame),
		cmocka_unit_test(a_hook_that_was_left_by_a_jump_is_healed),
		cmocka_unit_test(what_handlers_queue_is_accounted_on_leaving),
		cmocka_unit_test(events_that_find_no_place_in_the_queue_are_counted),
		cmocka_unit_test(a_thread_that_ends_leaves_nothing_in_its_queue),
		cmocka_unit_test(a_shard_is_handed_on_to_the_next_thread),
		cmocka_unit_test(after_its_end_a_thread_borrows_for_each_event),
		cmocka_unit_test(a_thread_gets_the_shard_that_its_processor_had_last),
		cmocka_unit_test(a_handler_that_comes_while_its_thread_claims_a_shard_borrows_one),
		cmocka_unit_test(who_was_thrown_out_of_claiming_gets_a_shard_in_the_end),
		cmocka_unit_test(threads_that_find_no_shard_share_some),
	};

	return cmocka_run_group_tests(tests, live_profile_setup, live_profile_teardown);
}
