/* leak_freed: lost blocks that freed memory still points to are told apart. */
#include "tracer/leak_freed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/hand_heap.h"

enum { ROOM = 4 << 20, ROOTS = 16 };

/* Memory between blocks, as freed ones leave it. */
static uintptr_t gap(struct hand_heap *hand, size_t bytes)
{
	uintptr_t start = hand->next;

	hand->next += (bytes + 31) & ~(size_t)31;
	return start;
}

static void look(struct hand_heap *hand)
{
	struct leak_range whole = { .start = hand->start, .end = hand->next };
	struct leak_ranges heap = { &whole, 1, 1 };

	assert_true(hand_judge(hand, false));
	leak_freed_note(&hand->marker, &heap);
}

static bool is_noted(const struct hand_heap *hand, uintptr_t block)
{
	return hand->marker.state[leak_heap_find(&hand->heap, block)] & STATE_FREED;
}

static void a_pointer_in_freed_memory_is_found_wherever_it_is(void **state)
{
	static const size_t sizes[] = { 32, 512, 4096, 1 << 16, 1 << 20 };
	enum { SIZES = sizeof sizes / sizeof *sizes };

	(void)state;
	for (unsigned i = 0; i < SIZES; i++) {
		struct hand_heap *hand = hand_heap_new(ROOM, ROOTS);
		uintptr_t first = hand_block(hand, 64, 0, 1), freed = gap(hand, sizes[i]);
		uintptr_t last = hand_block(hand, 64, 0, 1), at_end = gap(hand, sizes[i]);
		uintptr_t other = hand_block(hand, 64, 0, 1);

		*(uintptr_t *)freed = first;
		*(uintptr_t *)(at_end + sizes[i] - 8) = last;
		look(hand);
		assert_true(is_noted(hand, first));
		assert_true(is_noted(hand, last));
		assert_false(is_noted(hand, other));
		assert_int_equal(hand_verdict(hand, first), VERDICT_DEFINITE);
		hand_heap_free(hand);
	}
}

static void only_starts_of_lost_blocks_count(void **state)
{
	struct hand_heap *hand = hand_heap_new(ROOM, ROOTS);
	uintptr_t inside = hand_block(hand, 64, 0, 1), held = hand_block(hand, 64, 0, 1);
	uintptr_t head = hand_block(hand, 64, 0, 1), tail = hand_block(hand, 64, 0, 1), freed = gap(hand, 256);

	(void)state;
	hand_root(hand, HELD_BY_GLOBAL, 0, 0, held);
	hand_point(head, 0, tail);
	hand_point(freed, 0, inside + 8);
	hand_point(freed, 1, held);
	hand_point(freed, 2, tail);
	hand_point(freed, 3, freed);
	look(hand);
	assert_false(is_noted(hand, inside));
	assert_false(is_noted(hand, held));
	assert_false(is_noted(hand, tail));             /* that is lost with its head */
	assert_false(is_noted(hand, head));
	assert_int_equal(hand_verdict(hand, tail), VERDICT_INDIRECT);
	assert_int_equal(hand_verdict(hand, held), VERDICT_REACHABLE);
	hand_heap_free(hand);
}

static void other_memory_is_not_the_heaps(void **state)
{
	struct hand_heap *hand = hand_heap_new(ROOM, ROOTS);
	struct leak_range half = { .start = hand->start };
	struct leak_ranges heap = { &half, 1, 1 };
	uintptr_t lost = hand_block(hand, 64, 0, 1), near, far;

	(void)state;
	near = gap(hand, 64);
	half.end = hand->next;
	far = gap(hand, 64);
	hand_point(far, 0, lost);
	assert_true(hand_judge(hand, false));
	leak_freed_note(&hand->marker, &heap);
	assert_false(is_noted(hand, lost));
	hand_point(near, 0, lost);
	leak_freed_note(&hand->marker, &heap);
	assert_true(is_noted(hand, lost));
	hand_heap_free(hand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pointer_in_freed_memory_is_found_wherever_it_is),
		cmocka_unit_test(only_starts_of_lost_blocks_count),
		cmocka_unit_test(other_memory_is_not_the_heaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
