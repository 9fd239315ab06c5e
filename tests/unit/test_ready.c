/* What hands out the next node: the heap of the orders, the position set of the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runner/heap.h"
#include "runner/position_set.h"
#include "tests/unit/dags.h"

static void a_heap_gives_the_smallest_key_and_of_those_the_smallest_node(void **state)
{
	struct heap heap = HEAP_INIT;
	struct heap_entry entry;
	uint64_t chance = 2;

	(void)state;
	assert_false(heap_pop(&heap, &entry));
	for (int round = 0; round < 200; round++) {
		struct heap_entry last = { INT64_MIN, 0 };
		int count = (int)(dag_random(&chance) % 100);

		for (int i = 0; i < count; i++)
			assert_true(heap_push(&heap, (int64_t)(dag_random(&chance) % 20) - 10,
					      (uint32_t)(dag_random(&chance) % 1000)));
		for (int i = 0; i < count; i++) {
			assert_true(heap_pop(&heap, &entry));
			assert_true(entry.key > last.key || (entry.key == last.key && entry.node >= last.node));
			last = entry;
		}
		assert_false(heap_pop(&heap, &entry));
	}
	heap_release(&heap);
}

/* Against an array of flags, on both sides of the tree's levels. */
static void a_position_set_gives_the_smallest_position(void **state)
{
	static const uint32_t counts[] = { 0, 1, 63, 64, 65, 4095, 4096, 4097, 300000 };
	uint64_t chance = 3;

	(void)state;
	for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
		uint32_t count = counts[c], position, in_set = 0;
		uint8_t *flags = calloc((size_t)count + 1, 1);
		struct position_set set;

		assert_true(position_set_init(&set, count));
		for (int step = 0; step < 2000 && count; step++) {
			uint32_t added = (uint32_t)(dag_random(&chance) % count);

			if (!flags[added]) {
				position_set_add(&set, added);
				flags[added] = 1;
				in_set++;
			}
			if (dag_random(&chance) % 3 == 0) {
				assert_true(position_set_take(&set, &position));
				assert_true(flags[position]);
				for (uint32_t i = 0; i < position; i++)
					if (flags[i])
						fail_msg("%u before %u", position, i);
				flags[position] = 0;
				in_set--;
			}
		}
		while (in_set--)
			assert_true(position_set_take(&set, &position));
		assert_false(position_set_take(&set, &position));
		position_set_release(&set);
		free(flags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_heap_gives_the_smallest_key_and_of_those_the_smallest_node),
		cmocka_unit_test(a_position_set_gives_the_smallest_position),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
