#include "tracer/leak_heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "tests/unit/random.h"
#include "tracer/real.h"

/*
 * Blocks at made-up places of a mapping, whose sizes a made-up allocator tells;
 * the oracle looks at each of them in turn.
 */
enum { BYTES = 192 << 20, BLOCKS = 3000, LOOKS = 200000 };

static uintptr_t start;
static struct { uintptr_t address, bytes; } block[BLOCKS];
static unsigned blocks;

static size_t fake_usable_size(void *address)
{
	for (unsigned i = 0; i < blocks; i++)
		if (block[i].address == (uintptr_t)address)
			return block[i].bytes;
	return 0;
}

static void place_blocks(struct random *random, unsigned largest)
{
	uintptr_t at = start + 64;

	blocks = 0;
	while (blocks < BLOCKS) {
		uintptr_t bytes = 8 + random_below(random, largest) / 8 * 8;
		uint32_t missed;

		if (blocks == BLOCKS / 2)
			bytes = 140 << 20;      /* whole regions lie inside it */
		if (at + bytes > start + BYTES)
			break;
		block[blocks].address = at;
		block[blocks++].bytes = bytes;
		assert_true(shadow_put(at, 1 + blocks % 100, random_below(random, 100), &missed));
		at += (bytes + 32 + random_below(random, 4) * 1000) / 32 * 32 + 32;
	}
}

static uint32_t find_slowly(uintptr_t value)
{
	for (unsigned i = 0; i < blocks; i++)
		if (value - block[i].address <= block[i].bytes)
			return i;
	return LEAK_NO_BLOCK;
}

static struct leak_maps maps_of_blocks(struct leak_map *map)
{
	*map = (struct leak_map){
		.start = start, .end = start + BYTES, .kind = MAP_PLAIN, .readable = true, .writable = true,
	};
	return (struct leak_maps){ map, 1 };
}

static void remove_blocks(void)
{
	for (unsigned i = 0; i < blocks; i++)
		shadow_get(block[i].address, true);
}

static void compare(struct random *random)
{
	struct leak_map map;
	struct leak_maps maps = maps_of_blocks(&map);
	struct leak_heap heap;

	assert_true(leak_heap_collect(&heap, &maps));
	assert_int_equal(heap.count, blocks);
	for (unsigned i = 0; i < blocks; i++) {
		assert_int_equal(heap.block[i].address, block[i].address);
		assert_int_equal(leak_block_bytes(&heap.block[i]), block[i].bytes);
		assert_int_equal(leak_heap_find(&heap, block[i].address), i);
		assert_int_equal(leak_heap_find(&heap, block[i].address + block[i].bytes),
				 find_slowly(block[i].address + block[i].bytes));
		assert_int_equal(leak_heap_find(&heap, block[i].address - 1),
				 find_slowly(block[i].address - 1));
	}
	for (unsigned i = 0; i < LOOKS; i++) {
		uintptr_t value = start + random_below(random, BYTES);

		assert_int_equal(leak_heap_find(&heap, value), find_slowly(value));
	}
	assert_int_equal(leak_heap_find(&heap, 0), LEAK_NO_BLOCK);
	assert_int_equal(leak_heap_find(&heap, UINTPTR_MAX), LEAK_NO_BLOCK);
}

static void an_address_is_found_in_the_block_that_holds_it(void **state)
{
	static const unsigned largest[] = { 64, 1000, 40000 };
	struct random random = { 3 };

	(void)state;
	for (size_t i = 0; i < sizeof largest / sizeof *largest; i++) {
		place_blocks(&random, largest[i]);
		compare(&random);
		remove_blocks();
	}
}

static void an_empty_heap_holds_nothing(void **state)
{
	struct leak_map map;
	struct leak_maps maps = maps_of_blocks(&map);
	struct leak_heap heap;

	(void)state;
	assert_true(leak_heap_collect(&heap, &maps));
	assert_int_equal(heap.count, 0);
	assert_int_equal(leak_heap_find(&heap, 0), LEAK_NO_BLOCK);
	assert_int_equal(leak_heap_find(&heap, start), LEAK_NO_BLOCK);
	assert_int_equal(leak_heap_find(&heap, UINTPTR_MAX), LEAK_NO_BLOCK);
}

static int setup(void **state)
{
	void *mapped = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			    -1, 0);

	(void)state;
	if (mapped == MAP_FAILED)
		return -1;
	start = (uintptr_t)mapped;
	shadow_init(32);
	real.usable_size = fake_usable_size;
	real.glibc = false;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_heap_holds_nothing),
		cmocka_unit_test(an_address_is_found_in_the_block_that_holds_it),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
